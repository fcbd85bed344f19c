"""JSON that somebody else wrote, or that a power cut may have torn: an object, or nothing."""

from __future__ import annotations

import json
from typing import Any


def object_of(content: str | bytes) -> dict[str, Any] | None:
    """Read an object; None for whatever else it is, however deep."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
