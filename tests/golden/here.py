"""What the operator's side says when it cannot reach the host, or will not: scenes of the failure catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocrfleet.errors import HostKeyRefused, OcrfleetError, Unreachable
from ocrfleet.project import Project
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.image import ImageResource
from ocrfleet.provider.resource import Half, Task
from ocrfleet.provider.service import ServiceResource
from ocrfleet.remote import Remote
from ocrfleet.remote.agent import Agent
from tests.unit.plan.hosts import WANTED, told, with_page
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.inputs import OWNER, image, service
from tests.unit.remote.fakes import FakeSession
from tests.unit.spec.files import changed, parse

RUNNING = {"state": "running", "text": "one\n", "offset": 4, "exit": None}
RESET = Unreachable("lab", reason="Connection reset by peer")
SILENT = Unreachable("lab", reason="it did not answer in time")


class Voice:
    """Nobody listens."""

    def status(self, line: str) -> None: ...

    def note(self, line: str) -> None: ...

    def warn(self, line: str) -> None: ...


def raised(call: Callable[[], Any]) -> OcrfleetError:
    """The error of ours that a call raises."""
    try:
        call()
    except Half as half:
        return half.error
    except OcrfleetError as error:
        return error
    raise AssertionError("nothing went wrong")


def follow(*news: Any) -> OcrfleetError:
    """Follow a job whose news are these, and do not wait for a link that is gone."""
    agent = Agent(FakeSession(list(news), name="lab"), patience=0.0)
    return raised(lambda: agent.follow("8f3a", lambda _: None))


def unreachable(verb: str, error: Exception) -> OcrfleetError:
    return raised(lambda: Remote(FakeSession([error], name="lab")).tell(verb))


def given_up(what: str, folder: Path) -> OcrfleetError:
    """^C while the host is at work."""
    host, cancelled = FakeHost(log="at work\n"), threading.Event()
    cancelled.set()
    hosts, task = Hosts(Project(folder), host.connect), Task(Voice(), cancelled=cancelled)
    if what == "build":
        return raised(lambda: ImageResource(Project(folder), hosts).apply(None, image(), task))
    return raised(lambda: ServiceResource(with_page(folder), hosts).apply(None, service(), task))


def state_lost(folder: Path) -> OcrfleetError:
    host = FakeHost()
    host.told["owner"] = OWNER
    host.serve(WANTED)
    resource = ServiceResource(with_page(folder), Hosts(Project(folder), host.connect))
    return raised(lambda: resource.apply(None, service(image="sha256:new"), Task(Voice())))


def other_processor(folder: Path) -> OcrfleetError:
    host = FakeHost(told(arch="arm64", images={}))
    resource = ImageResource(Project(folder), Hosts(Project(folder), host.connect))
    return raised(lambda: resource.apply(None, image(arch="amd64"), Task(Voice())))


SCENES: dict[str, Callable[[Path], OcrfleetError]] = {
    "F1 the link drops before anything was begun": lambda _: unreachable("facts", RESET),
    "F2 the link drops for ever in a build": lambda _: follow(RUNNING, RESET),
    "F3 the link drops for ever in a swap": lambda _: follow(RUNNING, RUNNING, RESET),
    "F4 the host does not answer": lambda _: unreachable("facts", SILENT),
    "F5 the machine restarted in a build": lambda _: follow({"state": "lost", "text": "", "offset": 0, "exit": None}),
    "F17 the host is another machine than its file says": other_processor,
    "F21 nobody waits for a build any more": lambda folder: given_up("build", folder),
    "F21 nobody waits for a swap any more": lambda folder: given_up("swap", folder),
    "F22 the state was lost and something else runs": state_lost,
    "F34 a value is wrong": lambda _: raised(lambda: parse(changed("proxy.port", "eighty"))),
    "F35 the host shows another key": lambda _: HostKeyRefused("lab", shown="SHA256:new", pinned=["SHA256:old"]),
    "F39 the laptop slept": lambda _: follow(RUNNING, SILENT),
    "F40 the host is down when it is destroyed": lambda _: unreachable("destroy", SILENT),
}
