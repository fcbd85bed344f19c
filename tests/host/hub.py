"""The hub of models inside a lab host: a program that answers there on the loopback interface."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lab.places import ROOT
from lab.project import LabProject
from tests.unit.agent.hubs import COMMIT, REPO

PARTS = ("tests/unit/agent/hubs.py", "tests/unit/agent/hubserver.py")
PLACE, PORT = "/tmp/hub", 8899
PROGRAM = """\
import hashlib, json, sys, time
sys.path.insert(0, sys.argv[1])
from tests.unit.agent.hubs import FakeHub
from tests.unit.agent.hubserver import served
hub = FakeHub(**json.loads(sys.argv[3]))
digest = lambda shown: shown and hashlib.sha256(shown.encode()).hexdigest()
with served(hub, port=int(sys.argv[2]), pause=float(sys.argv[4])):
    while True:
        time.sleep(0.2)
        with open(sys.argv[1] + "/asked", "w") as file:
            json.dump([(path, begin, digest(shown)) for path, begin, shown in hub.asked], file)
"""


@dataclass(frozen=True)
class LabHub:
    """A hub that answers on a lab host, and what it was asked."""

    lab: LabProject

    @property
    def keys(self) -> dict[str, Any]:
        """What names it in a host file, as changes of one."""
        return {"model__repo": REPO, "model__revision": COMMIT, "model__hub": f"http://127.0.0.1:{PORT}"}

    def asked(self) -> list[list[str | None]]:
        """Every request since it was started: path, range, and of what was shown a digest, for a token is no file."""
        time.sleep(0.5)
        found: list[list[str | None]] = json.loads(self.lab.inside("cat", f"{PLACE}/asked").out)
        return found

    def was_shown(self, token: str) -> bool:
        """Whether somebody showed it this token."""
        digest = hashlib.sha256(f"Bearer {token}".encode()).hexdigest()
        return any(shown == digest for _, _, shown in self.asked())


@contextmanager
def hub(lab: LabProject, *, pause: float = 0.0, **behaviour: Any) -> Iterator[LabHub]:
    """Start the hub; it rests for `pause` seconds between two pieces of a file."""
    for part in PARTS:
        text = (ROOT / part).read_text(encoding="utf-8")
        lab.script(f"mkdir -p $(dirname {PLACE}/{part}) && cat >{PLACE}/{part} <<'END'\n{text}\nEND")
    lab.script(f"cat >{PLACE}/program.py <<'END'\n{PROGRAM}\nEND")
    words = f"python3 {PLACE}/program.py {PLACE} {PORT} '{json.dumps(behaviour)}' {pause}"
    pid = lab.script(f"{words} >{PLACE}/log 2>&1 & echo $!").out.strip()
    try:
        lab.script(f"for n in $(seq 50); do test -e {PLACE}/asked && exit 0; sleep 0.1; done; cat {PLACE}/log; exit 1")
        yield LabHub(lab)
    finally:
        lab.inside("kill", pid, check=False)
        lab.inside("rm", "-rf", PLACE)
