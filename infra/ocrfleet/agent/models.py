"""Models on this host: one folder a commit, and beside it a record of every file, by which it is known to be whole.

A folder is mounted into engines that run as another user, so everybody may read in it; the folder of ours around it is
closed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ocrfleet.agent.home import Home, read_json

# What a model takes of a disk, as far as that can be said before its hub is asked.
ROUGHLY_GIB = 8.0
PARTIAL = ".partial"
RECORD = ".json"
COMMIT = re.compile(r"[0-9a-f]{40}")


def folder_of(home: Home, repo: str, revision: str) -> Path:
    """Where the files of a commit are."""
    return home.models / repo.replace("/", "--") / revision


def record_of(folder: Path) -> Path:
    """Where it is written what must be in a folder."""
    return folder.with_name(folder.name + RECORD)


def partial_of(folder: Path) -> Path:
    """Where files are until they are whole."""
    return folder.with_name(folder.name + PARTIAL)


def flaw(home: Home, repo: str, revision: str) -> str | None:
    """Why a model cannot be served, None where it is whole: every file as it was when its hash was right."""
    folder = folder_of(home, repo, revision)
    record = read_json(record_of(folder))
    if record is None or not record.get("files"):
        return "it was not fetched to its end" if partial_of(folder).exists() else "it was not fetched yet"
    return next(filter(None, (_flaw(folder, one) for one in record["files"])), None)


def folders(home: Home) -> set[Path]:
    """Every model of which something is here."""
    parts = ((path, path.name.partition(".")[0]) for path in home.models.glob("*/*"))
    return {path.with_name(name) for path, name in parts if COMMIT.fullmatch(name)}


def known(home: Home) -> dict[str, str | None]:
    """Every model that was fetched here, by REPO@COMMIT, and what is wrong with it."""
    found = [read_json(path) for path in sorted(home.models.glob(f"*/*{RECORD}"))]
    pairs = [(one["repo"], one["revision"]) for one in found if one]
    return {f"{repo}@{revision}": flaw(home, repo, revision) for repo, revision in pairs}


def _flaw(folder: Path, one: dict[str, Any]) -> str | None:
    """What is wrong with one file, without reading it."""
    try:
        status = (folder / one["path"]).stat()
    except OSError:
        return f"{one['path']} is gone"
    if status.st_size != one["size"]:
        return f"{one['path']} has {status.st_size} bytes, not {one['size']}"
    return None if status.st_mtime_ns == one["changed"] else f"{one['path']} was changed since it was fetched"
