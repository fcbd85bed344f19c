"""Packs the host's agent into one file: same sources, same bytes, on every machine."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Pack:
    """The agent as one file, named by its content."""

    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.content).hexdigest()


@cache
def pack_agent() -> Pack:
    """Pack `ocrfleet.agent`. Stored, not compressed: compressed bytes differ between zlib versions."""
    sources = {f"ocrfleet/agent/{path.name}": path.read_text("utf-8") for path in (PACKAGE / "agent").glob("*.py")}
    files = {"__main__.py": sources["ocrfleet/agent/door.py"], "ocrfleet/__init__.py": "", **sources}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), text)
    return Pack(out.getvalue())
