"""Every invariant of a host at rest is able to fail."""

from __future__ import annotations

import base64
import copy
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.onhost.invariants import wrongs
from tests.faults.onhost.seen import SLOT, Seen


def slot(step: str) -> bytes:
    record = {"told": "2@1.0"} if step == "told" else {"swap": "2@1.0", "step": step, "to": 2}
    text = json.dumps(record).encode()
    return (f"{zlib.crc32(text):08x} ".encode() + text + b"\n").ljust(SLOT, b"\0")


def journal(*steps: str) -> str:
    return base64.b64encode(b"".join(map(slot, steps)).ljust(16 * SLOT, b"\0")).decode()


def record(number: int) -> dict[str, Any]:
    where = {"address": f"10.0.0.{number}", "container": f"host-{number}", "image": "i"}
    return {"release": number, "state": "good", "digest": f"d{number}", "gate": {"passed": True}, **where}


def container(name: str, part: str, *, running: bool) -> dict[str, Any]:
    return {"id": name, "name": name, "running": running, "labels": {"ocrfleet.part": part}}


WELL: dict[str, Any] = {
    "state": {"serving": 2},
    "journal": journal("prepared", "committed", "told"),
    "releases": {"1": record(1), "2": record(2)},
    "manifests": [1, 2],
    "jobs": [{"key": "j", "what": "deploy", "at_work": False}],
    "locked": [],
    "audit": [{"job": "j", "what": "deploy", "outcome": "deployed"}],
    "upstream": "10.0.0.2",
    "left": [],
    "mutators": [],
    "containers": [
        container("host-1", "engine", running=False),
        container("host-2", "engine", running=True),
        container("p", "proxy", running=True),
    ],
    "images": ["i"],
    "listening": ["0.0.0.0 22", ":: 22", "127.0.0.1 8000", "127.0.0.11 33609"],
    "leaks": [],
}
Sabotage = Callable[[dict[str, Any]], Any]
SABOTAGES: dict[str, Sabotage] = {
    "still at work": lambda raw: raw["jobs"][0].update(at_work=True),
    "is held": lambda raw: raw["locked"].append("cutover.lock"),
    "a process is left": lambda raw: raw["mutators"].append("agent.pyz deploy"),
    "a temporary file is left": lambda raw: raw["left"].append(".state.json.12"),
    "was left at step gated": lambda raw: raw.update(journal=journal("prepared", "gated")),
    "a record of the journal is not": lambda raw: raw.update(journal=base64.b64encode(b"0bad {}\n").decode()),
    "these engines run": lambda raw: raw["containers"][0].update(running=True),
    "nothing serves": lambda raw: raw.update(state=None),
    "never passed its gate": lambda raw: raw["releases"]["2"].update(gate={}),
    "it is failed": lambda raw: raw["releases"]["2"].update(state="failed"),
    "requests go to": lambda raw: raw.update(upstream="10.0.0.1"),
    "there is not one proxy": lambda raw: raw["containers"].append(container("q", "proxy", running=True)),
    "the container of release 1 is gone": lambda raw: raw["containers"].pop(0),
    "the image of release 2 is gone": lambda raw: raw.update(images=[]),
    "not known any more what release 1 runs": lambda raw: raw.update(manifests=[2]),
    "belongs to no release": lambda raw: raw["containers"].append(container("host-9", "engine", running=False)),
    "are the same": lambda raw: raw["releases"]["1"].update(digest="d2"),
    "the job j deployed 2 times": lambda raw: raw["audit"].append(raw["audit"][0]),
    "a secret is in jobs/1/log": lambda raw: raw["leaks"].append("jobs/1/log"),
    "listens at 0.0.0.0, port 8000": lambda raw: raw["listening"].append("0.0.0.0 8000"),
    "listens at 172.17.0.1, port 2375": lambda raw: raw["listening"].append("172.17.0.1 2375"),
}


def test_a_host_on_which_all_is_well() -> None:
    assert wrongs(Seen(WELL)) == []


@pytest.mark.parametrize("words", SABOTAGES)
def test_what_is_wrong_is_named(words: str) -> None:
    raw = copy.deepcopy(WELL)
    SABOTAGES[words](raw)
    assert words in "\n".join(wrongs(Seen(raw)))


def test_the_container_of_a_release_that_was_never_told_it_is_no_orphan() -> None:
    raw: dict[str, Any] = copy.deepcopy(WELL)
    raw["releases"]["3"] = {**record(3), "state": "failed", "container": None}
    raw["containers"].append(container("host-3", "engine", running=False))
    assert wrongs(Seen(raw)) == []


def test_what_was_destroyed_may_be_deployed_again_by_the_same_job() -> None:
    raw: dict[str, Any] = copy.deepcopy(WELL)
    raw["audit"] = [*raw["audit"], {"job": None, "what": "destroy", "outcome": "destroyed"}, *raw["audit"]]
    assert wrongs(Seen(raw)) == []
