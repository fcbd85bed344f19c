"""Renews one after the other, and says of a failure what was done before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ocrfleet.errors import Busy, NotRestored, OcrfleetError, Refused, Restored, Unknown
from ocrfleet.rotation.outcome import WAITS, Lap, Outcome

# What leaves least to rely on comes last.
GRAVITY = (Refused.code, Busy.code, Restored.code, Unknown.code, NotRestored.code)


def each(works: Iterable[Callable[[], Outcome]], lap: Lap) -> Iterator[Outcome]:
    """Do one after the other; in an emergency all of them, whichever fails, and raise the worst error at the end."""
    done: list[Outcome] = []
    errors: list[OcrfleetError] = []
    for work in works:
        try:
            done.append(work())
        except OcrfleetError as error:
            if not lap.is_none:
                raise _after(done, error) from error
            errors.append(error)
        else:
            yield done[-1]
    if errors:
        worst = max(errors, key=lambda error: GRAVITY.index(error.code))
        worst.failed = "\n".join(dict.fromkeys(error.failed for error in errors))
        raise _after(done, worst)


def _after(done: list[Outcome], error: OcrfleetError) -> OcrfleetError:
    """What an error that says that nothing was changed comes to, where something was changed before it."""
    changed = "; ".join(outcome.line() for outcome in done if outcome.what != WAITS)
    if not changed or not isinstance(error, Refused | Busy):
        return error
    return Unknown(error.failed, serving=error.serving, changed=changed, fix=error.fix)
