"""What an operator was told, beside what is measured on the host at rest."""

from __future__ import annotations

from ocrfleet.errors import HostRefused, Restored
from tests.faults.onhost.seen import Seen
from tests.faults.onhost.stage import Outcome


def is_true(told: Outcome, seen: Seen, before: Seen) -> None:
    """Raise AssertionError where they differ. Of what is not known nothing is claimed but what to type next."""
    if told.error is None:
        assert told.result is not None
        done = told.result.get("release")
        assert done is None or done in seen.good, f"told that release {done} serves; good are {seen.good}"
        logs = [job["log"].splitlines() for job in seen.raw["jobs"]]
        assert told.lines in logs, f"lines were lost or doubled: {told.lines}"
        return
    assert all(told.error.parts.values()), told.error
    if told.code in {Restored.code, HostRefused.code}:
        assert seen.serving == before.serving, f"release {seen.serving} serves; told was {told.error}"
    if told.code == Restored.code:
        assert told.error.serving.startswith(f"release {before.serving} "), told.error
    if told.code == HostRefused.code:
        assert told.error.parts["changed"] == "nothing", told.error
