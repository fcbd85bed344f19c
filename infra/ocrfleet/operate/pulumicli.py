"""Runs the Pulumi command line for an operator."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

CODE = re.compile(r"\(ocrfleet exit code (\d+)\)")
UNKNOWN = 40


def up(stack: str, show: Callable[[str], None]) -> int:
    """Run `pulumi up`, give every line to `show`, and return our exit code for how it ended."""
    argv = ["pulumi", "up", f"--stack={stack}", "--yes", "--skip-preview", "--non-interactive"]
    code = None
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        for line in child.stdout or ():
            show(line.rstrip("\n"))
            found = CODE.search(line)
            code = int(found[1]) if found else code
    return 0 if child.returncode == 0 else code or UNKNOWN


def refresh(stack: str) -> str | None:
    """Bring the state in line with the host; return why that was not possible, or None."""
    argv = ["pulumi", "refresh", f"--stack={stack}", "--yes", "--skip-preview", "--non-interactive"]
    try:
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return "there is no pulumi command here"
    last = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return None if done.returncode == 0 else last[-1] if last else f"exit code {done.returncode}"
