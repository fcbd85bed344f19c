"""Turns what the agent says into values or errors of our tree."""

from __future__ import annotations

import json
from typing import Any

from ocrfleet.errors import Busy, HostRefused, NotRestored, OcrfleetError, Restored, Unreachable

KINDS: dict[int, type[OcrfleetError]] = {20: Restored, 30: NotRestored, 50: Busy}


def parse(out: bytes) -> dict[str, Any] | None:
    """The agent's one line of JSON; None when the output is something else."""
    try:
        found = json.loads(out)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.keys() & {"result", "error"} else None


def result(answer: dict[str, Any], host: str) -> dict[str, Any]:
    """Return the result, or raise the error the agent reported."""
    if "error" in answer:
        raise error_of(answer["error"], host)
    found: dict[str, Any] = answer["result"]
    return found


def error_of(error: dict[str, Any], host: str) -> OcrfleetError:
    """Build our error from the agent's four parts."""
    code = error["code"]
    if code == HostRefused.code:
        return HostRefused(error["failed"], serving=error["serving"], fix=error["next"])
    if code in KINDS:
        return KINDS[code](error["failed"], serving=error["serving"], changed=error["changed"], fix=error["next"])
    return Unreachable(host, reason=error["failed"], changed=error["changed"])
