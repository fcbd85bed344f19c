"""An engine is stopped when it has answered everything it was asked, or when its time is up."""

from __future__ import annotations

import pytest

from ocrfleet.agent.drain import retire
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host

UP_TO = 4.0  # the limit in the manifest


def seconds_to_retire(host: Host, behaviour: Behaviour) -> float:
    host.image("one", behaviour)
    host.box(1).started_at = begun = host.outside.seconds
    retire(host.site, host.release(1))
    assert not host.box(1).running
    return host.outside.seconds - begun


def test_an_idle_engine_is_looked_at_twice_and_stopped(serving: Host) -> None:
    assert seconds_to_retire(serving, Behaviour(listens_at=0)) < 1


def test_a_busy_engine_is_stopped_once_it_has_answered(serving: Host) -> None:
    assert 2 < seconds_to_retire(serving, Behaviour(listens_at=0, busy_until=2.0)) < 3.5


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(listens_at=0, busy_until=99),
        Behaviour(listens_at=0, metrics=b"no such gauge 0\n"),
        Behaviour(listens_at=0, metrics=b"busy 0\nwaiting 3\n"),
        Behaviour(listens_at=0, metrics_late=True),
    ],
    ids=["never idle", "does not tell", "requests in its queue", "too busy to tell"],
)
def test_an_engine_that_is_not_known_to_be_idle_gets_the_whole_limit(serving: Host, behaviour: Behaviour) -> None:
    assert seconds_to_retire(serving, behaviour) >= UP_TO
    assert serving.said[-1] == "drain: requests were still in flight after 4 s"


def test_an_engine_that_does_not_listen_has_nothing_to_finish(serving: Host) -> None:
    assert seconds_to_retire(serving, Behaviour(listens_at=99)) < 1


def test_an_engine_that_is_gone_is_not_waited_for(serving: Host) -> None:
    serving.docker.boxes.clear()
    before = serving.outside.seconds
    retire(serving.site, serving.release(1))
    assert serving.outside.seconds - before < 1


def wake(host: Host) -> None:
    host.image("one", Behaviour(listens_at=0, busy_until=3))


def test_one_quiet_look_is_not_enough(serving: Host) -> None:
    """A request may be on its way from the proxy while the first look reads zero."""
    behaviour = Behaviour(listens_at=0)
    serving.outside.at(serving.outside.seconds + 0.1, lambda: wake(serving))
    assert seconds_to_retire(serving, behaviour) > 2
