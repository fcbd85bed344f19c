"""What is said of a rotation that stops: a secret is not let in, cannot be tried, or something is refused too late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from ocrfleet.errors import Busy, NotRestored, OcrfleetError, Refused, Restored, Unknown


def unheard(what: str) -> AbstractContextManager[None]:
    """Say of what is refused here that a new secret was made before it, which nobody was given."""
    return _too_late(Restored, f"a new {what} was made that nobody has; the next try makes another one")


def handed_over(what: str) -> AbstractContextManager[None]:
    """Say of what is refused here that the store has the new secret already."""
    return _too_late(Unknown, f"the store has the new {what}")


@contextmanager
def _too_late(kind: type[OcrfleetError], changed: str) -> Iterator[None]:
    """What is refused is said to have changed nothing, which is not so once something was changed before it."""
    try:
        yield
    except (Refused, Busy) as error:
        again = f"{error.fix}; then the same command goes on"
        raise kind(error.failed, serving="whoever shows what the store has", changed=changed, fix=again) from error


def not_let_in(what: str, where: str, status: int, *, kept: bool, fix: str) -> OcrfleetError:
    """Say that a new secret did not work: nobody was given it, or it is in the store already."""
    if kept:
        return NotRestored(
            f"the {what} that the store has was not let in at {where}: {status or 'no answer'}",
            serving="whoever has the one before, until its time is over; nobody where that is an emergency",
            changed=f"the store has the new {what}, and the one before is on its way out",
            fix=fix,
        )
    return Restored(
        f"the new {what} was not let in at {where}: {status or 'no answer'}",
        serving="as before; whoever is let in now still is",
        changed="nothing that anybody uses; the next try makes another one",
        fix=fix,
    )


def not_tried(what: str, where: str, status: int, *, there: str, fix: str) -> Unknown:
    """Say that nobody told whether a secret is let in: what is wrong is somewhere else."""
    return Unknown(
        f"the {what} could not be tried at {where}: {status or 'no answer'}",
        serving=f"not known at {where}",
        changed=there,
        fix=fix,
    )


def still_let_in(what: str, where: str, *, fix: str) -> Unknown:
    """Say that an old secret works although its time is over."""
    return Unknown(
        f"the {what} before is still let in at {where}",
        serving="the new one; the one before, too",
        changed=f"the new {what} is in the store and in use",
        fix=fix,
    )
