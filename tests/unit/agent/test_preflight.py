"""What would make a deploy fail is refused before anything is changed, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent.errors import Refused
from tests.unit.agent.dockerd import AWAY
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, PROXY_IMAGE, wanted

Change = Callable[[Host], Any]
SHIELD = Path("/run/ocrfleet-shield")


def no_client(host: Host) -> None:
    host.docker.absent = True


REFUSALS: dict[str, tuple[Change, str, str]] = {
    "no docker": (
        no_client,
        "there is no docker command on the host",
        "make `docker info` work for the deploy user on the host, then run this again",
    ),
    "docker is away": (
        lambda host: setattr(host.docker, "away", True),
        f"the Docker engine does not answer: {AWAY}",
        "make `docker info` work for the deploy user on the host, then run this again",
    ),
    "docker says nothing": (
        lambda host: setattr(host.docker, "mute", True),
        "the Docker engine does not answer: no reason",
        "make `docker info` work for the deploy user on the host, then run this again",
    ),
    "rootless docker": (
        lambda host: host.docker.security.append("name=rootless"),
        "Docker runs rootless there, which cannot give containers static addresses and GPUs as we need",
        "make `docker info` work for the deploy user on the host, then run this again",
    ),
    "another stack's host": (
        lambda host: host.home.owner.write_text('{"project": "ocr", "stack": "calypso"}'),
        "this host belongs to the stack ocr/calypso; you are ocr/spark",
        "use the stack ocr/calypso, or `pulumi destroy` there first",
    ),
    "no guard": (
        lambda host: host.home.guard.unlink(),
        "no guard is alive on this host, so nothing would bring the service back after a reboot",
        "ocrfleet bootstrap lab",
    ),
    "a guard that died": (
        lambda host: host.outside.wait(60),
        "no guard is alive on this host, so nothing would bring the service back after a reboot",
        "ocrfleet bootstrap lab",
    ),
    "no shield before Docker 28": (
        lambda host: setattr(host.docker, "version", "27.5.1"),
        "Docker 27 opens ports on 127.0.0.1 to the local network, and the rule against it is not in place",
        "ocrfleet bootstrap lab",
    ),
    "a full disk": (
        lambda host: setattr(host.world, "full", True),
        "there is no room left under HOME: [Errno 28] No space left on device",
        "free space on the host (df -h tells where)",
    ),
    "no image": (
        lambda host: host.docker.images.pop("ocrfleet/lab-one:1"),
        "the image sha256:one is not on this host",
        "run this again: it will be built",
    ),
    "no proxy image": (
        lambda host: host.docker.images.pop("ocrfleet/lab-proxy:1"),
        f"the image {PROXY_IMAGE} is not on this host",
        "run this again: it will be built",
    ),
    "no secret": (
        lambda host: host.home.secret("v1", "api-key").unlink(),
        "the secret api-key did not reach this host",
        "run this again: it will be sent",
    ),
    "a stranger named like our proxy": (
        lambda host: host.docker.add("ocrfleet-lab-proxy", "sha256:theirs"),
        "a container named ocrfleet-lab-proxy exists and is not ours",
        "rename or remove ocrfleet-lab-proxy on the host",
    ),
    "a stranger named like our engine": (
        lambda host: host.docker.add("ocrfleet-lab-1", "sha256:theirs", labels={"ocrfleet.host": "calypso"}),
        "a container named ocrfleet-lab-1 exists and is not ours",
        "rename or remove ocrfleet-lab-1 on the host",
    ),
    "a taken port": (
        lambda host: host.docker.taken_ports.add(8000),
        "port 8000 on the host is taken by something that is not ours",
        "free port 8000 (ss -ltnp tells who has it), or set proxy.port in the host file",
    ),
    "a network with another subnet": (
        lambda host: host.docker.networks.update({"ocrfleet-engines": "10.9.0.0/24"}),
        "the network ocrfleet-engines has the subnet 10.9.0.0/24, the host file says 172.30.240.0/24",
        "put 10.9.0.0/24 into the host file, or `pulumi destroy -s lab` first",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_it_is_refused_with_the_reason_and_what_to_do(host: Host, name: str) -> None:
    change, failed, fix = REFUSALS[name]
    change(host)
    with pytest.raises(Refused) as refused:
        host.deploy(wanted("one"))
    assert refused.value.as_json(serving="nothing", host="lab") == {
        "code": 10,
        "failed": failed.replace("HOME", str(host.home.root)),
        "serving": "nothing",
        "changed": "nothing",
        "next": fix,
    }


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_changed_nothing(host: Host, name: str) -> None:
    REFUSALS[name][0](host)
    boxes, networks = dict(host.docker.boxes), dict(host.docker.networks)
    owner = host.home.owner.exists()
    with pytest.raises(Refused):
        host.deploy(wanted("one"))
    assert (host.docker.boxes, host.docker.networks, host.site.releases.all()) == (boxes, networks, [])
    assert host.home.owner.exists() == owner


@pytest.mark.parametrize("question", ["docker container inspect", "docker network inspect", "docker image inspect"])
def test_a_question_that_docker_does_not_answer_is_no_change_of_unknown_end(serving: Host, question: str) -> None:
    serving.image("two")
    serving.world.break_on(question)
    with pytest.raises(Refused, match="this host cannot be looked at: docker"):
        serving.deploy(wanted("two"))
    serving.world.revive()
    assert (serving.serves(), len(serving.site.releases.all())) == (1, 1)
    assert serving.deploy(wanted("two"))["outcome"] == "deployed"


def test_a_manifest_of_another_format_is_refused(host: Host) -> None:
    with pytest.raises(Refused, match="does not know this manifest's format"):
        host.deploy(wanted("one", format=2))


@pytest.mark.parametrize(("version", "shield"), [("28.0.0", False), ("29.1.2", False), ("27.5.1", True)])
def test_a_docker_that_is_closed_to_the_local_network_is_accepted(host: Host, version: str, shield: bool) -> None:
    host.docker.version = version
    host.outside.system = {SHIELD: ""} if shield else {}
    assert host.deploy(wanted("one"))["release"] == 1


def test_the_first_deploy_records_whose_host_it_is(serving: Host) -> None:
    assert serving.ask("facts")["result"]["owner"] == OWNER


def test_our_own_proxy_may_have_our_port(serving: Host) -> None:
    assert serving.deploy(wanted("two"))["release"] == 2


def test_a_proxy_a_failed_first_deploy_left_may_have_our_port(host: Host) -> None:
    host.world.break_on("save state.json")
    assert host.job("deploy", wanted=wanted("one"), owner=OWNER)["code"] == 20
    host.world.revive()
    assert host.proxy.running
    assert host.deploy(wanted("two"))["release"] == 2


def test_a_new_port_that_is_taken_is_refused_while_the_old_one_goes_on_serving(serving: Host) -> None:
    serving.docker.taken_ports.add(9000)
    with pytest.raises(Refused, match="port 9000 on the host is taken"):
        serving.deploy(wanted("two", proxy__port=9000))
    assert serving.unrest() == []


def test_space_is_put_aside_before_it_is_needed(serving: Host) -> None:
    assert serving.home.reserve.stat().st_size == 256 * 1024


def test_a_check_refuses_what_a_deploy_would_and_changes_nothing(serving: Host) -> None:
    before = {path: path.read_bytes() for path in serving.home.root.rglob("*") if path.is_file()}
    owner = {"project": "other", "stack": "prod"}
    error = serving.ask("check", owner=owner, service=None)["error"]
    assert (error["code"], error["changed"]) == (10, "nothing")
    assert "this host belongs to the stack" in error["failed"]
    assert {path: path.read_bytes() for path in serving.home.root.rglob("*") if path.is_file()} == before
