"""What the agent says to Docker, in the order in which it may, and what must be told of the answers.

`{one}` is the id of an image that runs, `{two}` of one that nothing uses; HAND marks what somebody else does.
"""

from __future__ import annotations

Talk = list[str]
CREATE = "docker create --name={name} --ip={ip} --label=ocrfleet.host=talk --label=ocrfleet.release=1"
ENGINE = f"{CREATE} --network=talk-engines --restart=no {{image}} sleep 600"
SUBNETS = "docker network inspect --format={{{{.Name}}}} {{{{range .IPAM.Config}}}}{{{{.Subnet}}}}{{{{end}}}}"
SUBNET = f"{SUBNETS} talk-engines"
NETWORK = "docker network create --label=ocrfleet.host=talk --subnet=172.30.99.0/24 talk-engines"
FRONT = "docker network create --label=ocrfleet.host=talk --subnet=172.30.98.0/28 talk-front"
PROXY = "docker create --name={name} --label=ocrfleet.host=talk --network=talk-front --publish=127.0.0.1:18765:8080"
INSPECT = "docker container inspect"
LISTED = '{{{{.ID}}}} {{{{.Label "ocrfleet.release"}}}} {{{{.Names}}}} {{{{.State}}}}'
PS = f"docker ps --no-trunc --filter=label=ocrfleet.host=talk --format={LISTED}"
IMAGE = "docker image inspect --format={{{{.Id}}}}"
IMAGES = "docker images --no-trunc --format={{{{.Repository}}}}:{{{{.Tag}}}} {{{{.ID}}}}"
CONFIG = "docker image inspect --format={{{{.Id}}}} {{{{json .Config}}}}"
HAND = "by hand:"


def engine(name: str, ip: str = "172.30.99.3", image: str = "{one}") -> str:
    """Create an engine."""
    return ENGINE.format(name=name, ip=ip, image=image)


def proxy(name: str) -> str:
    """Create a proxy."""
    return f"{PROXY.format(name=name)} {{one}} sleep 600"


TALKS: dict[str, Talk] = {
    "nothing is there": [
        f"{INSPECT} talk-1",
        f"{INSPECT} talk-1 talk-proxy",
        "docker start talk-1",
        "docker stop --time=1 talk-1",
        "docker unpause talk-1",
        "docker logs --tail=5 talk-1",
        SUBNET,
        f"{IMAGE} sha256:{'0' * 64}",
        f"docker image rm --force sha256:{'0' * 64}",
        PS,
        f"{PS} --all",
    ],
    "an engine's life": [
        SUBNET,
        NETWORK,
        SUBNET,
        engine("talk-1"),
        f"{INSPECT} talk-1",
        PS,
        f"{PS} --all",
        "docker start talk-1",
        f"{INSPECT} talk-1 talk-2",
        PS,
        "docker start talk-1",
        "docker logs --tail=5 talk-1",
        "docker stop --time=1 talk-1",
        "docker stop --time=1 talk-1",
        f"{INSPECT} talk-1",
        PS,
        "docker start talk-1",
        f"{INSPECT} talk-1",
        "docker rm --force talk-1",
        f"{INSPECT} talk-1",
        f"{PS} --all",
    ],
    "an engine that cannot be made": [
        NETWORK,
        engine("talk-1", image=f"sha256:{'0' * 64}"),
        engine("talk-1"),
        engine("talk-1", ip="172.30.99.4"),
        "docker network rm talk-engines",
        SUBNET,
        engine("talk-2"),
        f"{PS} --all",
    ],
    "an address that is taken": [
        NETWORK,
        engine("talk-1"),
        engine("talk-2"),
        "docker start talk-1",
        "docker start talk-2",
        f"{INSPECT} talk-2",
        "docker stop --time=1 talk-1",
        "docker start talk-2",
        f"{INSPECT} talk-1 talk-2",
        "docker network rm talk-engines",
    ],
    "a proxy on two networks": [
        NETWORK,
        FRONT,
        proxy("talk-proxy"),
        "docker network connect --ip=172.30.99.2 talk-engines talk-proxy",
        f"{INSPECT} talk-proxy",
        "docker start talk-proxy",
        f"{INSPECT} talk-proxy",
        proxy("talk-proxy-2"),
        "docker start talk-proxy-2",
        f"{INSPECT} talk-proxy-2",
        "docker rm --force talk-proxy",
        "docker start talk-proxy-2",
        f"{PS} --all",
    ],
    "somebody pauses an engine": [
        NETWORK,
        engine("talk-1"),
        "docker unpause talk-1",
        "docker start talk-1",
        f"{HAND} pause talk-1",
        f"{INSPECT} talk-1",
        PS,
        "docker start talk-1",
        "docker unpause talk-1",
        f"{INSPECT} talk-1",
        f"{HAND} pause talk-1",
        "docker stop --time=1 talk-1",
        f"{INSPECT} talk-1",
    ],
    "images come and go": [
        IMAGES,
        f"{IMAGE} {{one}}",
        f"{IMAGE} {{two}}",
        "docker system df --verbose --format={{{{json .Images}}}}",
        NETWORK,
        engine("talk-1"),
        "docker start talk-1",
        "docker image rm --force {one}",
        "docker image rm --force {two}",
        "docker image rm --force {two}",
        IMAGES,
        f"{IMAGE} {{two}}",
        f"{IMAGE} {{two}} {{one}}",
        f"{SUBNETS} talk-front talk-engines",
    ],
    "an image that was never ours loses its name": [
        "docker tag {one} talk/two:1",
        IMAGES,
        f"{CONFIG} {{two}}",
        f"{CONFIG} {{two}} {{one}}",
    ],
    "the engine tells of itself": [
        "docker info --format={{{{json .}}}}",
    ],
}
