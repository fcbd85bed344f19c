"""Looks for garbage seldom: what a run has loaded stays to its end, and going through it takes a fifth of the time."""

import gc

ALLOCATIONS = 200_000


def pytest_collection_finish() -> None:
    """Leave alone what is loaded by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
