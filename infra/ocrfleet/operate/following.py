"""Joins a job on a host from anywhere, or asks it to stop: what it is and how it went is kept on the host."""

from __future__ import annotations

from typing import Any

from ocrfleet.errors import HostRefused, OcrfleetError, Restored
from ocrfleet.remote import Remote
from ocrfleet.remote.agent import Lines


def attach(remote: Remote, lines: Lines, key: str | None = None) -> str:
    """Follow the job at work, or the one of this key, to its end and say how it ended; or how the last one did.

    Raises the error that the job ended with.
    """
    job = _choose(remote, key)
    lines(f"{_name(job)}, job {job['key']}" + ("" if job["at_work"] else ", has ended"))
    result = remote.agent.follow(job["key"], lines if job["at_work"] else _unheard)
    return f"{_name(job)}: {_outcome(result)}"


def abort(remote: Remote, lines: Lines, key: str | None = None) -> tuple[str, OcrfleetError] | None:
    """Ask the job at work to stop and follow it to its end: which it was, and what it said. None without one."""
    job = remote.tell("abort", job=key)["job"]
    if job is None:
        return None
    try:
        result = remote.agent.follow(job["key"], lines)
    except (Restored, HostRefused) as stopped:
        return _name(job), stopped
    raise HostRefused(
        f"{_name(job)} had done its work before it could be stopped: {_outcome(result)}",
        serving="what that left",
        fix=f"ocrfleet status {remote.session.name}",
    )


def _choose(remote: Remote, key: str | None) -> dict[str, Any]:
    """The job of this key; without one the job at work, of several the one begun last; else the last one."""
    jobs = [job for job in remote.tell("jobs")["jobs"] if key in {None, job["key"]}]
    if not jobs:
        raise HostRefused(
            "there is no such job on this host" if key else "no job was ever begun on this host",
            serving="not asked",
            fix=f"ocrfleet status {remote.session.name}",
        )
    return max(jobs, key=lambda job: (job["at_work"], job["since"]))


def _name(job: dict[str, Any]) -> str:
    return f"{job['what']} by {job['who']}"


def _outcome(result: dict[str, Any]) -> str:
    """How a job that did its work ended, in a few words."""
    words = [f"{name} {value}" for name, value in result.items() if name != "outcome"]
    return ", ".join([result["outcome"], *words] if "outcome" in result else words) or "done"


def _unheard(_: str) -> None:
    """Of a job that has ended only the end is told; its log was told when it ran."""
