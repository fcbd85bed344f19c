"""Secrets of a build or a fetch, read on the operator's machine at the moment it begins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ocrfleet.errors import Refused
from ocrfleet.project import Project


def secrets_of(project: Project, sources: Mapping[str, Any], fix: str) -> dict[str, bytes]:
    """Read secrets where this machine has them; their values are never inputs, so never in the state."""
    found = {name: _secret(project, name, source, fix) for name, source in sources.items()}
    return {name: value for name, value in found.items() if value is not None}


def _secret(project: Project, name: str, source: Mapping[str, str], fix: str) -> bytes | None:
    if "from_env" in source:
        value = os.environ.get(source["from_env"])
        return value.encode() if value else None
    path = source.get("path") or os.environ.get(source.get("path_from_env", ""))
    if not path:
        return None
    try:
        return project.path(path).read_bytes()
    except OSError as error:
        raise Refused(f"the secret {name} cannot be read: {error}", fix=fix) from None
