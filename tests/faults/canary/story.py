"""Everything an operator does with a host; whatever is said meanwhile is looked at."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tests.faults.canary.planted import Planted
from tests.faults.canary.scanner import Scanner

NOWHERE = "f" * 40
# What only looks, or ends at once; what each says goes through the same eyes.
ASKED = (
    ("status", "--json"),
    ("plan", "--json"),
    ("audit", "--json"),
    ("releases", "--json"),
    ("logs", "--release", "1"),
    ("doctor",),
    ("attach",),
    ("abort",),
    ("prune", "--plan", "--json"),
    ("prune",),
)
BEGUN_SECONDS, ENDED_SECONDS = 120.0, 180.0


def story(lab: Planted, scanner: Scanner, strategy: str, junit: Path) -> None:
    """Deploy, fail, go back, follow and stop, and ask for all that can be asked."""
    deployed = lab.up(cutover__strategy=strategy)
    assert deployed.code == 0, deployed.out
    scanner.text("up", deployed.out)
    failed = lab.up(cutover__strategy=strategy, engine__env={"FAULT": "exits"})
    assert failed.code != 0
    scanner.text("failed up", failed.out)
    refused = lab.up(cutover__strategy=strategy, model__revision=NOWHERE)
    assert refused.code != 0
    scanner.text("refused fetch", refused.out)
    lab.write(cutover__strategy=strategy, engine__env={"NOTE": "canary"})
    stack = f"--stack={lab.name}"
    scanner.text("preview", lab.pulumi("preview", stack, "--diff").out)
    scanner.text("debug", lab.pulumi("up", stack, "--yes", "--skip-preview", "--debug").out)
    for word in ("rollback", "unpin"):
        _asked(lab, scanner, word)
    _followed(lab, scanner, strategy)
    scanner.text("refresh", lab.pulumi("refresh", stack, "--yes", "--skip-preview").out)
    scanner.text("state", lab.pulumi("stack", "export", stack).out)
    for words in ASKED:
        _asked(lab, scanner, *words)
    scanner.text("report", lab.ocrfleet("verify", lab.name, "--json", "--junit", str(junit)).out)
    scanner.text("junit", junit.read_text(encoding="utf-8"))


def _asked(lab: Planted, scanner: Scanner, verb: str, *words: str) -> None:
    said = lab.ocrfleet(verb, lab.name, *words).out
    # What an engine says may be nothing.
    assert said or verb == "logs", f"{verb} said nothing that could be looked at"
    scanner.text(" ".join((verb, *words)), said)


def _followed(lab: Planted, scanner: Scanner, strategy: str) -> None:
    """A deploy that one operator begins, another one joins, and a third one stops."""
    lab.write(cutover__strategy=strategy, engine__env={"NOTE": "stopped"}, gate__healthy_seconds=60)
    with _begun(lab, "pulumi", "up", f"--stack={lab.name}", "--yes", "--skip-preview", "--non-interactive") as up:
        _until_at_work(lab)
        with _begun(lab, "ocrfleet", "attach", lab.name) as attached:
            assert attached.stdout is not None
            joined = attached.stdout.readline()
            stopped = lab.ocrfleet("abort", lab.name)
            assert stopped.code == 0, stopped.out
            scanner.text("abort of a deploy", stopped.out)
            scanner.text("attach to a deploy", joined + attached.communicate(timeout=ENDED_SECONDS)[0])
        scanner.text("stopped up", up.communicate(timeout=ENDED_SECONDS)[0])
    assert up.returncode != 0
    assert attached.returncode != 0


def _begun(lab: Planted, *argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        argv, cwd=lab.root, env=lab.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _until_at_work(lab: Planted) -> None:
    remote, deadline = lab.remote, time.monotonic() + BEGUN_SECONDS
    while not any(job["at_work"] and job["what"] == "deploy" for job in remote.tell("jobs")["jobs"]):
        assert time.monotonic() < deadline, "the deploy never began"
        time.sleep(0.2)
