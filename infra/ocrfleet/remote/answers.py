"""Turns what the agent says into values or errors of our tree."""

from __future__ import annotations

from typing import Any

from ocrfleet.agent.objects import object_of
from ocrfleet.errors import Busy, HostRefused, NotRestored, OcrfleetError, Restored, Unknown

KINDS: dict[int, type[OcrfleetError]] = {kind.code: kind for kind in (Restored, NotRestored, Unknown, Busy)}
PARTS = {"code", "failed", "serving", "changed", "next"}


def parse(out: bytes) -> dict[str, Any] | None:
    """The agent's line of JSON, the last of its output: a login shell may greet first. None for anything else."""
    found = object_of(out.strip().rpartition(b"\n")[2])
    return found if found and (_is_result(found) or _is_error(found)) else None


def result(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the result, or raise the error the agent reported."""
    if "error" in answer:
        raise error_of(answer["error"])
    found: dict[str, Any] = answer["result"]
    return found


def error_of(error: dict[str, Any]) -> OcrfleetError:
    """Build our error from what the agent reported; a code we have not heard of leaves things unknown."""
    failed, serving, changed, fix = error["failed"], error["serving"], error["changed"], error["next"]
    if error["code"] == HostRefused.code:
        return HostRefused(failed, serving=serving, fix=fix)
    return KINDS.get(error["code"], Unknown)(failed, serving=serving, changed=changed, fix=fix)


def _is_result(found: dict[str, Any]) -> bool:
    return isinstance(found.get("result"), dict)


def _is_error(found: dict[str, Any]) -> bool:
    return isinstance(found.get("error"), dict) and found["error"].keys() >= PARTS
