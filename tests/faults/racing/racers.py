"""Runs inside a lab host as the deploy user: operators who all want something else, at the same moment.

`racers.py COUNT STOP` takes what serves, lets COUNT agents deploy it with another environment each, and prints how each
ended. With STOP, the agent that was told to stand still once it holds the lock is stopped until all
the others have been answered.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

HOME = Path("/var/lib/ocrfleet")
HELD, GO = Path("/run/ocrfleet-faults/held"), Path("/run/ocrfleet-faults/go")
AGENT = ["/usr/bin/python3", "-I", str((HOME / "agent" / "current").resolve())]
DEADLINE = 120.0


def ask(verb: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Call the agent as an operator's SSH session does."""
    done = subprocess.run(
        [*AGENT, verb],
        check=False,
        input=json.dumps(payload),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def deploy(number: int, wanted: dict[str, Any], owner: dict[str, Any]) -> dict[str, Any]:
    """Deploy and wait for the end; who was told."""
    service = dict(wanted["service"])
    run = [word for word in service["run"] if not word.startswith("--env=NOTE=")]
    run.insert(run.index("@image"), f"--env=NOTE=racer {number} {time.time_ns()}")
    service.update(run=run, gate={**service["gate"], "healthy_seconds": 0.2})
    wish = {"wanted": {**wanted, "service": service}, "owner": owner, "host": "trial", "who": f"racer-{number}"}
    begun = ask("deploy", wish)
    if "error" in begun:
        return {"job": None, **begun["error"]}
    key = begun["result"]["job"]
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        news = ask("job", {"key": key, "offset": 0, "wait": 10})["result"]
        if news["state"] != "running":
            return {"job": key, **((news["exit"] or {}).get("error") or news["exit"] or {"code": -1})}
    return {"job": key, "code": -1}


def stop_holder(racers: list[Future[dict[str, Any]]]) -> dict[str, Any]:
    """Stop the racer whose agent stands still with the lock; let it go on when the others have their answers."""
    deadline = time.monotonic() + DEADLINE
    while not HELD.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    found: dict[str, Any] = json.loads((HOME / "cutover.lock").read_bytes())
    os.kill(found["pid"], signal.SIGSTOP)
    GO.touch()
    while sum(not one.done() for one in racers) > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(found["pid"], signal.SIGCONT)
    return found


def main(count: int, *, stop: bool) -> None:
    """Race, and print everything as one line."""
    facts = ask("facts", {"host": "trial"})["result"]
    wanted = ask("manifest", {"host": "trial", "release": facts["serving"]["release"]})["result"]["wanted"]
    with ThreadPoolExecutor(count) as pool:
        racers = [pool.submit(deploy, number, wanted, facts["owner"]) for number in range(count)]
        stopped = stop_holder(racers) if stop else {}
        wait(racers)
    told = [one.result() for one in racers]
    print(json.dumps({"told": told, "stopped": stopped, "before": facts["serving"]["release"]}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), stop=sys.argv[2] == "stop")
