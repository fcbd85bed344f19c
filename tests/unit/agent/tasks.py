"""A job to begin, how it fails, and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocrfleet.agent.errors import HostError
from ocrfleet.agent.jobs import Job

JOB = Job("1a2b3c", "deploy", "ana@mac")


def report(error: HostError) -> dict[str, Any]:
    return {"failed": error.failed, "code": error.code}


def fails_with(error: BaseException) -> Callable[[], dict[str, Any]]:
    def work() -> dict[str, Any]:
        raise error

    return work


def ended(folder: Path) -> Any:
    return json.loads((folder / "exit").read_text())
