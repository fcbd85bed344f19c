"""What the agent says when something goes wrong on the host: one scene per row of the failure catalogue."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from ocrfleet.agent import locks
from ocrfleet.agent.home import to_json
from ocrfleet.errors import OcrfleetError
from ocrfleet.remote.agent import Agent
from tests.golden.stage import Scene, build, deploy, failing, said, serving
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.builds import UPLOAD, plan, send
from tests.unit.agent.faults import Died
from tests.unit.agent.holders import ANA
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import MODEL
from tests.unit.agent.swaps import FAILING
from tests.unit.agent.wanted import KEY_VERSION, OWNER, STOP_FIRST, wanted
from tests.unit.agent.weights import SERVED
from tests.unit.remote.fakes import FakeSession


def upload_damaged(host: Host) -> OcrfleetError:
    host.docker.images["debian:12"] = "sha256:debian"
    send(host)
    host.home.upload(UPLOAD).write_bytes(b"half of it")
    return said(host, "build", plan=asdict(plan()))


def restarted_in_a_swap(host: Host) -> OcrfleetError:
    """The machine restarts in the middle; who follows the job hears of it then."""
    host.world.break_on("docker start", "die")
    with suppress(Died):
        host.ask("deploy", wanted=wanted("two", cutover__strategy=STOP_FIRST), owner=OWNER)
    host.reboot()
    host.guard()
    key = max(host.ask("jobs")["result"]["jobs"], key=lambda job: job["since"])["key"]
    news = host.ask("job", key=key, offset=0, wait=0.0)["result"]
    try:
        Agent(FakeSession([news], name="lab")).follow("1a2b3c4d", lambda _: None)
    except OcrfleetError as error:
        return error
    raise AssertionError("the job was not lost")


def disk_full(host: Host) -> OcrfleetError:
    host.world.full = True
    return deploy(host)


def docker_disk_full(host: Host) -> OcrfleetError:
    host.docker.sizes["sha256:proxy"] = host.outside.disk - 10**7
    return deploy(host)


def docker_disk_full_in_a_swap(host: Host) -> OcrfleetError:
    host.docker.room = 0
    return deploy(host, cutover__strategy=STOP_FIRST)


def docker_away(host: Host) -> OcrfleetError:
    host.docker.away = True
    return deploy(host)


def docker_dies_in_a_swap(host: Host) -> OcrfleetError:
    host.world.break_on("docker start", "away")
    return deploy(host, cutover__strategy=STOP_FIRST)


def not_healthy_again(host: Host) -> OcrfleetError:
    """Neither the new release nor the one before gets healthy."""
    host.image("two", FAILING["wrong text"])
    host.outside.behaviours["sha256:one"] = replace(Behaviour(), health=((0, 503),))
    return deploy(host, cutover__strategy=STOP_FIRST)


def no_memory(host: Host) -> OcrfleetError:
    return deploy(host, engine__memory_gib=90.0)


def gpu_gone(host: Host) -> OcrfleetError:
    host.docker.unstartable.add(host.image("two"))
    return deploy(host)


def port_taken(host: Host) -> OcrfleetError:
    host.docker.taken_ports.add(8000)
    return deploy(host)


def name_taken(host: Host) -> OcrfleetError:
    host.docker.add("ocrfleet-lab-2", "sha256:theirs")
    return deploy(host)


def busy(host: Host) -> OcrfleetError:
    with locks.hold(host.world, host.home.cutover_lock, ANA):
        return deploy(host)


def holder_gone(host: Host) -> OcrfleetError:
    """The agent was killed, and only a command of it still holds its lock."""
    folder = host.home.job("1a2b3c4d")
    folder.mkdir()
    (folder / "job.json").write_bytes(to_json({"key": "1a2b3c4d", "what": "deploy", "who": "ana@mac", "since": 5.0}))
    with locks.hold(host.world, folder / "lock", ANA):
        (folder / "lock").write_bytes(to_json({**ANA, "since": 5.0, "pid": 1}))
        return said(host, "abort")


def repair_fails(host: Host) -> OcrfleetError:
    host.box(1).running = False
    host.image("one", FAILING["wrong text"])
    return deploy(host, "one")


def image_gone(host: Host) -> OcrfleetError:
    host.deploy(wanted("two"))
    host.docker.images.pop("ocrfleet/lab-one:1")
    return said(host, "rollback")


def secret_missing(host: Host) -> OcrfleetError:
    host.home.secret(KEY_VERSION, "api-key").unlink()
    return deploy(host)


def hub_away(host: Host) -> OcrfleetError:
    host.world.break_on("pull")
    return said(host, "fetch", model=MODEL)


def model_too_large(host: Host) -> OcrfleetError:
    host.outside.disk = 10**4
    return said(host, "fetch", model=MODEL)


def model_not_open(host: Host) -> OcrfleetError:
    host.outside.hub.token = "t" * 20
    return said(host, "fetch", model=MODEL)


def model_not_whole(host: Host) -> OcrfleetError:
    return deploy(host, model=SERVED)


SCENES: dict[str, Scene] = {
    "F6 the machine restarted in a swap": serving(restarted_in_a_swap),
    "F7 the disk is full in a build": build("ERROR: write /var/lib/docker/tmp: no space left on device"),
    "F8 the disk is full before anything was begun": serving(disk_full),
    "F8 Docker's disk is full before anything was begun": serving(docker_disk_full),
    "F8 Docker's disk is full in a swap": serving(docker_disk_full_in_a_swap),
    "F8 the disk is too small for the model": serving(model_too_large),
    "F9 Docker is away before a swap": serving(docker_away),
    "F9 Docker dies in a swap": serving(docker_dies_in_a_swap),
    "F10 the new release ends again and again": failing("exits at once", "architecture"),
    "F11 the new release never gets healthy": failing("never healthy"),
    "F12 the new release is healthy and reads nonsense": failing("wrong text"),
    "F12 neither the new release nor the one before is healthy": serving(not_healthy_again),
    "F13 the GPU's memory runs out": failing("exits at once", "cuda-out-of-memory"),
    "F14 there is not enough memory": serving(no_memory),
    "F15 the GPU is gone": serving(gpu_gone),
    "F16 the driver is too old": failing("exits at once", "driver-too-old"),
    "F17 the image is for another processor": failing("exits at once", "exec-format"),
    "F18 the port is taken": port_taken,
    "F18 the name is taken": serving(name_taken),
    "F19 somebody else is at work": serving(busy),
    "F20 the process that holds a lock is gone": serving(holder_gone),
    "F23 what was changed by hand cannot be repaired": serving(repair_fails),
    "F33 what was sent did not arrive whole": serving(upload_damaged),
    "F36 the registry does not answer": build("ERROR: Head https://registry.example/v2/: dial tcp: i/o timeout"),
    "F36 the hub of models does not answer": serving(hub_away),
    "F36 the model is not whole": serving(model_not_whole),
    "F37 what a rollback would go to is gone": serving(image_gone),
    "F38 the hub wants a token": serving(model_not_open),
    "F38 a secret did not reach the host": serving(secret_missing),
}


def scene(name: str, folder: Path) -> OcrfleetError:
    """Play a scene on a host of its own."""
    host = Host(folder)
    for image in ("one", "two", "three"):
        host.image(image)
    return SCENES[name](host)
