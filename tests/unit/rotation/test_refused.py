"""Whatever is refused on the way, the error says whether anything was changed by then, and the same command goes on."""

from __future__ import annotations

import pytest

from ocrfleet.errors import OcrfleetError, Restored, Unknown
from ocrfleet.rotation.outcome import FINISHED, ROTATED, WAITS, Lap
from tests.unit.rotation.ground import DAY, NONE, Ground, handed_out
from tests.unit.rotation.steps import every_refusal


def done(ground: Ground) -> int:
    """How much was changed."""
    return len(ground.at.api.writes) + len(ground.handed)


@pytest.mark.parametrize("lap", [DAY, NONE], ids=["overlap", "emergency"])
def test_a_credential(lap: Lap) -> None:
    places = list(every_refusal(lambda _: handed_out().rotate(lap)[1].count))
    assert len(places) >= 7
    kinds: set[type[OcrfleetError]] = set()
    for place in places:
        ground = handed_out()
        before = done(ground)
        with pytest.raises(OcrfleetError) as refused:
            ground.rotate(lap, place)
        error = refused.value
        assert (error.changed == "nothing") == (done(ground) == before), place
        assert "ask for it" in error.fix
        kinds.add(type(error))
        assert ground.rotate(lap)[0].what in {ROTATED, FINISHED, WAITS}, place
    assert {Restored, Unknown} <= kinds
