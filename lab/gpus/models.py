"""Puts weights on a lab host, as if they had been fetched there."""

from __future__ import annotations

import hashlib
import json

from lab.gpus.plug import put
from lab.project import LabProject
from lab.standin.weights import files
from ocrfleet.commands.serving import MODELS

# A file's time is part of the record by which a folder is known to be whole.
WRITTEN = 1_700_000_000


def place_weights(lab: LabProject, *, repo: str, revision: str, reads: str = "well") -> None:
    """Write one commit of a model, and the record of its files beside its folder."""
    folder, content = f"{MODELS}/{repo.replace('/', '--')}", files(reads)
    rows = [
        {"path": name, "size": len(one), "sha256": hashlib.sha256(one).hexdigest(), "changed": WRITTEN * 10**9}
        for name, one in sorted(content.items())
    ]
    record = json.dumps({"repo": repo, "revision": revision, "files": rows}).encode()
    inside = {f"{revision}/{name}": one for name, one in content.items()}
    placed = {f"{folder[1:]}/{name}": one for name, one in {**inside, f"{revision}.json": record}.items()}
    put(lab, placed, mode=0o644, written=WRITTEN)
    lab.inside("chown", "-R", "ocr:", MODELS)
