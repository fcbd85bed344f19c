"""Two people who renew the same credential at once: whoever's secret would not live on is told to run it again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest

from ocrfleet.errors import NotRestored, Restored, Unknown
from ocrfleet.rotation.outcome import Lap
from tests.unit.rotation.ground import CONSUMER, DAY, NONE, Ground, handed_out


@dataclass
class Meanwhile:
    """Somebody else who runs the same command, whole, after the n-th call."""

    ground: Ground
    moment: int
    lap: Lap
    done: bool = False
    seen: int = 0

    def __call__(self) -> None:
        self.seen += 1
        if self.seen == self.moment:
            with suppress(Restored):
                self.done = bool(self.ground.rotate(self.lap))


def test_in_an_emergency_the_old_one_ends_before_anything_is_asked() -> None:
    names = handed_out().rotate(NONE)[1].names
    kept = names.index("store write")
    assert names[kept + 1].startswith("PUT ")
    assert not any(name.startswith("GET ") for name in names[names.index("POST rotate") : kept])


@pytest.mark.parametrize("lap", [DAY, NONE], ids=["overlap", "emergency"])
def test_of_two_who_renew_it_at_once_one_is_told_to_run_again_where_its_secret_would_not_live_on(lap: Lap) -> None:
    calls = handed_out().rotate(lap)[1].count
    for moment in range(1, calls + 1):
        ground = handed_out()
        ground.look = lambda: None  # type: ignore[method-assign]  # in an emergency one ends what the other handed out
        access, steps = ground.access()
        meanwhile, both = Meanwhile(ground, moment, lap), []
        steps.look = meanwhile
        with suppress(Restored, Unknown, NotRestored):
            both.append(access.rotate(CONSUMER, lap))
        if not both:
            ground.rotate(lap)
        ground.at.clock.forward(days=2)
        held = ground.held()
        assert held
        assert ground.good(held), moment
        assert meanwhile.done, moment
