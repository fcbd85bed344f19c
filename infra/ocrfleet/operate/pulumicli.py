"""Runs the Pulumi command line for an operator."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable

from ocrfleet.errors import Refused, Unknown
from ocrfleet.project import Project
from ocrfleet.remote.host import WAIT

CODE = re.compile(r"\(ocrfleet exit code (\d+)\)")
NO_PULUMI = "there is no pulumi command here"


def change(project: Project, stack: str, show: Callable[[str], None], *, verb: str = "up", wait: float = 0.0) -> int:
    """Run `pulumi up` or another verb, give every line to `show`, and return our exit code for how it ended."""
    code = None
    try:
        child = subprocess.Popen(
            _argv(project, verb, stack),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **({WAIT: str(wait)} if wait else {})},
        )
    except FileNotFoundError:
        raise Refused(NO_PULUMI, fix="install it, or in this project: make lab") from None
    with child:
        for line in child.stdout or ():
            show(line.rstrip("\n"))
            found = CODE.search(line)
            code = int(found[1]) if found else code
    return 0 if child.returncode == 0 else code or Unknown.code


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


def _argv(project: Project, verb: str, stack: str) -> list[str]:
    """Pulumi looks for its project from where it runs, which is not always where the operator is."""
    return ["pulumi", verb, f"--cwd={project.root}", f"--stack={stack}", "--yes", "--skip-preview", "--non-interactive"]
