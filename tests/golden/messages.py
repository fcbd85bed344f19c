"""Every message of the failure catalogue, as an operator reads it, by the name of its file."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.golden import here, on_host

FOLDER = Path(__file__).with_name("messages")


def messages() -> dict[str, str]:
    """Play every scene; the text of each file."""
    found = {}
    for name in (*here.SCENES, *on_host.SCENES):
        with tempfile.TemporaryDirectory() as folder:
            error = here.SCENES[name](Path(folder)) if name in here.SCENES else on_host.scene(name, Path(folder))
        found[file_of(name)] = f"{name}\n\n{error}\n(ocrfleet exit code {error.code})\n"
    return found


def file_of(name: str) -> str:
    """`F9 Docker is away` is in F09-docker-is-away.txt."""
    row, _, words = name.partition(" ")
    return f"F{int(row[1:]):02d}-{re.sub(r'[^a-z0-9]+', '-', words.lower())}.txt"
