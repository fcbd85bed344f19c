"""How a scene is played on a host in this process, and how its error reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ocrfleet.errors import OcrfleetError
from ocrfleet.remote.answers import error_of
from tests.unit.agent.builds import plan, send
from tests.unit.agent.host import Host
from tests.unit.agent.swaps import FAILING
from tests.unit.agent.wanted import OWNER, STOP_FIRST, wanted

LOGS = Path(__file__).parents[1] / "unit" / "agent" / "logs"
Scene = Callable[[Host], OcrfleetError]


def said(host: Host, verb: str, **payload: Any) -> OcrfleetError:
    """The error of a job, with the names that differ from run to run made the same."""
    error = host.job(verb, **payload)["error"]
    plain = {name: _plain(str(value), host) for name, value in error.items() if name != "code"}
    return error_of({**plain, "code": error["code"]})


def _plain(text: str, host: Host) -> str:
    text = text.replace(str(host.home.root), "/var/lib/ocrfleet")
    return re.sub(r"\bpid \d+", "pid 4242", text)


def deploy(host: Host, image: str = "two", **changes: Any) -> OcrfleetError:
    return said(host, "deploy", wanted=wanted(image, **changes), owner=OWNER)


def serving(scene: Callable[[Host], OcrfleetError]) -> Scene:
    """The scene on a host where release 1 serves."""

    def served(host: Host) -> OcrfleetError:
        host.deploy(wanted("one"))
        return scene(host)

    return served


def failing(behaviour: str, log: str = "") -> Scene:
    """The next release behaves so, and its log says what a sample says."""

    def scene(host: Host) -> OcrfleetError:
        host.image("two", FAILING[behaviour])
        host.docker.logs["sha256:two"] = (LOGS / f"{log}.txt").read_text(encoding="utf-8") if log else ""
        return deploy(host, cutover__strategy=STOP_FIRST)

    return serving(scene)


def build(line: str) -> Scene:
    """A build ends with this line."""

    def scene(host: Host) -> OcrfleetError:
        def fail(_: list[str]) -> int:
            for log in host.home.root.glob("jobs/*/log"):
                log.write_text(f"#9 RUN packages.sh\n{line}\n", encoding="utf-8")
            return 1

        host.docker.images["debian:12"] = "sha256:debian"
        send(host)
        host.world.build = fail
        return said(host, "build", plan=asdict(plan()))

    return serving(scene)
