"""Puts the breaking machine beside the agent of a lab host, and tells it what to break."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.project import LabProject
from ocrfleet.commands.containers import HOME
from ocrfleet.remote.pack import pack_agent
from tests.faults.onhost.breaking import CALLS, FOLDER, GO, HELD, PLAN, STRUCK

SOURCE = Path(__file__).with_name("breaking.py")
SHIPPED, OURS = "from ocrfleet.agent.machine import Machine", "from ocrfleet.agent.breaking import Machine"
HELD_SECONDS = 60.0


def plant(lab: LabProject) -> None:
    """Let the agent's unpacked copy on the host start with the breaking machine; its archive stays what it is."""
    lab.remote.facts()
    script = f"""\
set -eu
agent={HOME}/agent/{pack_agent().digest}.$(cat /proc/sys/kernel/random/boot_id)/ocrfleet/agent
grep -q '^{OURS}' $agent/__main__.py || sed -i 's/^{SHIPPED}/{OURS}/' $agent/__main__.py
grep -q '^{OURS}' $agent/__main__.py
mkdir -p {FOLDER}
chmod 777 {FOLDER}
cat >$agent/breaking.py <<'END'
{SOURCE.read_text(encoding="utf-8")}
END"""
    lab.script(script)


@contextmanager
def broken(lab: LabProject, *, verbs: list[str], **plan: Any) -> Iterator[None]:
    """Break what the plan says in every agent that is started within the block."""
    lift(lab)
    lab.script(f"rm -f {CALLS} {STRUCK}; cat >{PLAN} <<'END'\n{json.dumps({'verbs': verbs, **plan})}\nEND")
    try:
        yield
    finally:
        lift(lab)


def lift(lab: LabProject) -> None:
    """Break nothing any more, and let go on what was held."""
    lab.script(f"mkdir -p -m 777 {FOLDER}; touch {GO}; rm -f {PLAN} {HELD}; sleep 0.1; rm -f {GO}")


def until_held(lab: LabProject, has_ended: Callable[[], bool]) -> None:
    """Wait until an agent stands still at the call of the plan; who asked for the work must not see its end before."""
    deadline = time.monotonic() + HELD_SECONDS
    while lab.inside("test", "-e", str(HELD), check=False).code:
        assert not has_ended(), "it ended before the agent came to the call at which it was to be held"
        assert time.monotonic() < deadline, "the agent never came to the call at which it was to be held"
        time.sleep(0.05)


def go_on(lab: LabProject) -> None:
    """Let the agent that stands still go on."""
    lab.inside("touch", str(GO))


def struck(lab: LabProject) -> str | None:
    """The name of the call that the last plan broke, None where it was never made."""
    ran = lab.inside("cat", str(STRUCK), check=False)
    return None if ran.code else ran.out


def calls(lab: LabProject) -> list[str]:
    """The calls that were traced, in their order: the process and the name of each."""
    return lab.inside("cat", str(CALLS)).out.splitlines()
