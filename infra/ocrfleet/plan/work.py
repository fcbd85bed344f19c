"""What a job that is at work on a host means for the next change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Jobs that hold up no other one.
BESIDE = ("build", "fetch")


def at_work(job: Mapping[str, Any] | None, host: str) -> tuple[str, ...]:
    """One sentence on the job, by what the host told of it, and on what `up` does meanwhile; none without a job."""
    if job is None:
        return ()
    since = datetime.fromtimestamp(job["since"], UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    who = f"{job['what']} by {job['who']}, since {since}, job {job['key']}"
    other = f"ends with 50 where it wants another, or waits: ocrfleet deploy {host} --wait SECONDS"
    if job["what"].partition(" ")[0] in BESIDE:
        other = "goes on beside it where it wants another"
    joins = f"up joins it where it wants the same, and {other}"
    return (f"at work there: {who}; {joins}; what is taken meanwhile is not held against it",)
