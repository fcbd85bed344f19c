"""Until a swap begins nothing is changed, so what breaks there refuses the change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ocrfleet.agent.errors import CommandFailed, Refused


@contextmanager
def untouched() -> Iterator[None]:
    """Raise Refused where Docker or the disk does not do what the block asks of it."""
    try:
        yield
    except CommandFailed as error:
        raise _refused(error, "ocrfleet doctor HOST") from error
    except OSError as error:
        raise _refused(
            error, "look at the disk of the host (df -h tells how full it is), then run this again"
        ) from error


def _refused(error: Exception, fix: str) -> Refused:
    return Refused(f"the change could not be begun: {error}", fix=fix)
