"""Runs the Pulumi command line for an operator."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ocrfleet.errors import NOTHING_SENT, Busy, OcrfleetError, Refused, Unknown
from ocrfleet.project import Project
from ocrfleet.remote.host import WAIT
from ocrfleet.secrets.store import HIDDEN

# How Pulumi says what it did not even begin.
NO_STACK = re.compile(r"\berror: .*no stack named '[^']*' found")
LOCKED = re.compile(r"\berror: .*(stack is currently locked by|[Aa]nother update is currently in progress)")
PASSPHRASE = re.compile(r"\berror: .*(incorrect passphrase|PULUMI_CONFIG_PASSPHRASE)")
CODE = re.compile(r"\(ocrfleet exit code (\d+)\)")
NO_PULUMI = "there is no pulumi command here"


def change(project: Project, stack: str, show: Callable[[str], None], *, verb: str = "up", wait: float = 0.0) -> int:
    """Run `pulumi up` or another verb, give every line to `show`, and return our exit code for how it ended.

    ^C and SIGTERM are handed on to Pulumi as its ^C. Raise for what Pulumi itself refuses before our program runs.
    """
    code, refusal = None, None
    with _begun(_argv(project, verb, stack), wait) as child, _handing_on(child):
        for line in child.stdout or ():
            show(line.rstrip("\n"))
            found = CODE.search(line)
            code, refusal = int(found[1]) if found else code, refusal or _refusal(line, stack)
    if child.returncode and not code and refusal:
        raise refusal
    return 0 if child.returncode == 0 else code or Unknown.code


def _begun(argv: list[str], wait: float) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **({WAIT: str(wait)} if wait else {})},
            # A terminal's ^C is for us: handed on, it reaches Pulumi once, however it reached us.
            process_group=0,
        )
    except FileNotFoundError:
        raise Refused(NO_PULUMI, fix="install it, or in this project: make lab") from None


@contextmanager
def _handing_on(child: subprocess.Popen[str]) -> Iterator[None]:
    """Interrupt Pulumi instead of us: it unlocks its stack, and its last words say how to go on."""

    def hand_on(*_: object) -> None:
        if child.poll() is not None:
            # Only something that it left behind holds its output open.
            raise KeyboardInterrupt
        child.send_signal(signal.SIGINT)

    before = {one: signal.signal(one, hand_on) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _refusal(line: str, stack: str) -> OcrfleetError | None:
    """What a line of Pulumi's says in our terms, if it is one of those that come before our program."""
    if NO_STACK.search(line):
        return Refused(f"Pulumi has no stack {stack} here", fix=f"pulumi stack init {stack}, or: pulumi login")
    if LOCKED.search(line):
        fix = f"wait for it to end; if nobody is at work: pulumi cancel -s {stack}"
        return Busy(
            f"the stack {stack} is locked by another run of Pulumi", serving=NOTHING_SENT, changed="nothing", fix=fix
        )
    if PASSPHRASE.search(line):
        fix = "set PULUMI_CONFIG_PASSPHRASE_FILE or PULUMI_CONFIG_PASSPHRASE to what the stack was made with"
        return Refused(
            f"Pulumi cannot open the secrets of the stack {stack}: its passphrase is missing or wrong", fix=fix
        )
    return None


def refresh(project: Project, stack: str) -> str | None:
    """Bring the state in line with the host; return why that was not possible, or None."""
    try:
        done = subprocess.run(
            _argv(project, "refresh", stack), check=False, capture_output=True, encoding="utf-8", errors="replace"
        )
    except FileNotFoundError:
        return NO_PULUMI
    last = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return None if done.returncode == 0 else last[-1] if last else f"exit code {done.returncode}"


def exported(project: Project, stack: str) -> dict[str, Any]:
    """Return the state of a stack, its secrets encrypted; raise Refused where there is none."""
    done = _quietly(["pulumi", "stack", "export", *_where(project, stack)])
    if done.returncode:
        last = (done.stderr.strip() or "no reason was given").splitlines()[-1]
        raise _refusal(last, stack) or Refused(f"the state of {stack} cannot be read: {last}", fix="pulumi login")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def import_resources(project: Project, stack: str, file: Path) -> str | None:
    """Let a stack take over what a file lists; return why that was not possible, or None."""
    words = (f"--file={file}", "--yes", "--skip-preview", "--generate-code=false", "--protect=false")
    done = _quietly(["pulumi", "import", *words, *_where(project, stack)])
    if done.returncode == 0:
        return None
    errors = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line]
    return "; ".join(errors[:3]) or f"exit code {done.returncode}"


def configure(project: Project, stack: str, words: Sequence[str], given: str | None) -> str:
    """Run `pulumi config …` with a value on standard input, where no list of processes shows it; return its output."""
    done = _quietly(["pulumi", *words, *_where(project, stack)], given or "")
    if done.returncode:
        last = (done.stderr.strip() or "no reason was given").splitlines()[-1]
        said = last.replace(given, HIDDEN) if given else last
        why = f"pulumi {' '.join(words)}: {said}"
        raise _refusal(last, stack) or Refused(why, fix="do what it says, then run the same command again")
    return done.stdout


def _quietly(argv: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(argv, check=False, capture_output=True, input=given, encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise Refused(NO_PULUMI, fix="install it, or in this project: make lab") from None


def _where(project: Project, stack: str) -> list[str]:
    return [f"--cwd={project.root}", f"--stack={stack}", "--non-interactive"]


def _argv(project: Project, verb: str, stack: str) -> list[str]:
    """Pulumi looks for its project from where it runs, which is not always where the operator is."""
    return ["pulumi", verb, f"--cwd={project.root}", f"--stack={stack}", "--yes", "--skip-preview", "--non-interactive"]
