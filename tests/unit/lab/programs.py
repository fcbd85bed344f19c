"""Programs that only say something, on a PATH of their own."""

from pathlib import Path

import pytest


def program(folder: Path, name: str, says: str) -> None:
    """Put a program into a folder."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)


def only(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Let nothing but these folders, and a shell, be on PATH."""
    monkeypatch.setenv("PATH", ":".join(map(str, folders)))
