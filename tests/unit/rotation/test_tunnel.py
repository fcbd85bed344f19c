"""A tunnel's token is renewed while somebody is joined all the time, wherever the operator dies."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import pytest

from lab.cloudflare.hub import Hub
from lab.cloudflare.tunnels import run_token
from ocrfleet.errors import Busy, NotRestored, Refused, Unknown
from ocrfleet.rotation.outcome import ROTATED, Lap, Outcome
from ocrfleet.rotation.patience import Patience
from ocrfleet.rotation.prove import Prover
from ocrfleet.rotation.tunnel import Tunnel
from tests.unit.rotation.ground import DAY, EDGE, Api, Ground
from tests.unit.rotation.steps import Killed, Steps, Store, every_kill

NONE = Lap(0)


@dataclass
class Joined:
    """A tunnel, and the connector that a deploy has made join it."""

    ground: Ground = field(default_factory=Ground)
    code: int = 0  # how deploys end
    overlaps: bool = True
    stands_in_the_way: Exception | None = None
    breaks: Exception | None = None
    status: int = 200  # what a name of the tunnel answers

    def __post_init__(self) -> None:
        self.hub = Hub(self.ground.at.account)
        (self.tunnel,) = self.ground.at.account.tunnels
        self.connector, self.token = "", ""
        self.deploy()

    def ready(self) -> None:
        """A deploy can begin, unless a test says otherwise."""
        if self.stands_in_the_way:
            raise self.stands_in_the_way

    def deploy(self) -> int:
        """What the stack does: with another token, one more joins before the old one goes."""
        token = run_token(self.ground.at.account, self.tunnel)
        if self.breaks:
            raise self.breaks
        if self.code == 0 and token != self.token:
            joined, old = self.hub.join(token), self.connector
            assert joined
            self.connector, self.token = joined, token
            if old:
                self.hub.leave(old)
        return self.code

    def rotate(self, lap: Lap = DAY, kill: tuple[int, str] = (0, "before")) -> tuple[Outcome, Steps]:
        steps = Steps(self.look, kill)
        store = Store(steps, self.ground.values)
        prover = Prover("lab", EDGE, store, None, lambda *_: self.status, Patience(lambda _: None))  # type: ignore[arg-type]  # no host is asked
        api = Api(self.ground.at, steps)
        deploy = partial(steps.take, "deploy", self.deploy)
        return Tunnel(EDGE, api, store, prover, self.ready, deploy).rotate(lap), steps  # type: ignore[arg-type]

    def look(self) -> None:
        assert self.ids() or not self.overlaps, "nobody is joined"

    def ids(self) -> list[str]:
        return [one["id"] for one in self.ground.at.account.tunnels[self.tunnel]["connections"]]


def test_the_next_connector_has_joined_and_nobody_else_does_with_the_old_token() -> None:
    joined = Joined()
    old = joined.token
    outcome, _ = joined.rotate()
    assert (outcome.what, outcome.name) == (ROTATED, EDGE.tunnel)
    assert joined.ids() == [joined.connector]
    assert joined.hub.join(old) is None
    writes = len(joined.ground.at.api.writes)
    joined.deploy()
    assert (joined.ids(), len(joined.ground.at.api.writes)) == ([joined.connector], writes)


@pytest.mark.parametrize("lap", [DAY, NONE], ids=["overlap", "emergency"])
def test_killed_before_or_after_any_call_the_next_run_converges(lap: Lap) -> None:
    places = list(every_kill(lambda _: Joined(overlaps=not lap.is_none).rotate(lap)[1].count))
    assert len(places) >= 10
    for kill in places:
        joined = Joined(overlaps=not lap.is_none)
        old = joined.token
        with pytest.raises(Killed):
            joined.rotate(lap, kill)
        joined.rotate(lap)
        assert joined.ids() == [joined.connector], kill
        assert joined.token == run_token(joined.ground.at.account, joined.tunnel) != old
        assert joined.hub.join(old) is None
        assert len(joined.ground.at.account.tunnels) == 1


def test_in_an_emergency_whoever_joined_with_the_old_token_is_thrown_out() -> None:
    joined = Joined(overlaps=False)
    stranger = joined.hub.join(joined.token)
    assert stranger
    joined.rotate()
    assert stranger in joined.ids()
    joined.rotate(NONE)
    assert joined.ids() == [joined.connector]
    assert joined.hub.next(stranger, seconds=0) is None


def test_a_deploy_that_fails_is_said_with_what_is_true_now() -> None:
    joined = Joined(code=0)
    joined.code = 20
    with pytest.raises(NotRestored, match="the deploy ended with 20") as failed:
        joined.rotate()
    assert failed.value.fix.startswith("ocrfleet rotate lab tunnel, or ocrfleet deploy lab")
    joined.code = 0
    joined.deploy()
    assert joined.ids() == [joined.connector]


def test_what_no_deploy_can_pass_is_refused_before_anything_is_changed() -> None:
    joined = Joined(stands_in_the_way=Refused("Pulumi has no stack lab here", fix="pulumi stack init lab"))
    writes, old = len(joined.ground.at.api.writes), joined.token
    with pytest.raises(Refused, match="no stack lab here"):
        joined.rotate()
    assert len(joined.ground.at.api.writes) == writes
    assert joined.hub.join(old)


def test_in_an_emergency_nothing_that_stands_in_the_way_of_a_deploy_keeps_who_has_the_token_joined() -> None:
    joined = Joined(stands_in_the_way=Refused("a foreign record", fix="remove it"), overlaps=False)
    stranger = joined.hub.join(joined.token)
    assert stranger
    joined.rotate(NONE)
    assert joined.ids() == [joined.connector]


@pytest.mark.parametrize(("lap", "public"), [(DAY, "until the old connector loses"), (NONE, "perhaps nothing")])
def test_a_deploy_that_never_began_leaves_a_token_that_is_dead_all_the_same(lap: Lap, public: str) -> None:
    locked = Busy("the stack lab is locked", serving="as before", changed="nothing", fix="wait for it to end")
    joined = Joined(overlaps=False)
    joined.breaks = locked
    old = joined.token
    with pytest.raises(NotRestored, match="the stack lab is locked") as failed:
        joined.rotate(lap)
    assert joined.hub.join(old) is None
    assert failed.value.changed == "the tunnel's token at Cloudflare: nobody joins with the old one"
    assert f"in public {public}" in failed.value.serving
    assert failed.value.fix.startswith(f"ocrfleet rotate lab tunnel{' --emergency' if lap is NONE else ''}")
    joined.breaks = None
    joined.rotate(lap)
    assert joined.ids() == [joined.connector]


def test_a_name_that_nobody_answers_is_not_blamed_on_a_credential() -> None:
    joined = Joined()
    joined.ground.rotate()
    joined.status = 530
    with pytest.raises(Unknown, match=r"nobody was reached through it: the way in .* ocr\.example\.org: 530") as failed:
        joined.rotate()
    assert "credential" not in failed.value.failed
    assert failed.value.changed == "the tunnel's token, at Cloudflare and on the host; no credential was touched"


def test_without_a_tunnel_there_is_nothing_to_rotate() -> None:
    joined = Joined()
    joined.ground.at.account.tunnels[joined.tunnel]["deleted_at"] = "2027-01-01T00:00:00Z"
    joined.overlaps = False
    with pytest.raises(Refused, match="Cloudflare has no tunnel ocrfleet-lab"):
        joined.rotate()
