"""Everything that may happen to a host, in any order, any of it broken at any call; hypothesis looks for the order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.faults.model.world import BAD, GOOD, Breaks, Fleet, Truth
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted

KINDS = ("before", "after", "hang", "late", "die", "cut", "tear", "stop")
# Where much is at stake; elsewhere the number of the call says where.
STEPS = (
    "docker create",
    "docker start",
    "docker stop",
    "docker exec",
    "POST /v1/chat",
    "GET /health",
    "write journal",
    "rename upstream",
    "rename state.json",
    "rename record.json",
)
FAULTS = st.none() | st.tuples(st.sampled_from(KINDS), st.integers(1, 190) | st.sampled_from(STEPS))
WISHES = st.fixed_dictionaries(
    {
        "cutover__strategy": st.sampled_from([START_FIRST, STOP_FIRST, "auto"]),
        "keep": st.sampled_from([1, 3]),
        "proxy__caddyfile": st.sampled_from(["http://:8080\n", "http://:8080 # other\n"]),
        "gate__health__seconds": st.just(2.0),
    }
)


def _stop_engine(host: Host) -> None:
    for number in host.engines():
        host.box(number).running = False


def _pause_engine(host: Host) -> None:
    for number in host.engines():
        host.box(number).paused = True


def _remove(part: str) -> Callable[[Host], None]:
    def remove(host: Host) -> None:
        serving = host.site.serving()
        name = "ocrfleet-lab-proxy" if part == "proxy" else f"ocrfleet-lab-{serving.release if serving else 0}"
        box = host.docker.named(name)
        if box is not None:
            del host.docker.boxes[box.id]

    return remove


def _stop_proxy(host: Host) -> None:
    box = host.docker.named("ocrfleet-lab-proxy")
    if box is not None:
        box.running = False


def _point_elsewhere(host: Host) -> None:
    (host.home.proxy / "upstream").write_text("172.30.240.99")


HANDS = [_stop_engine, _pause_engine, _remove("proxy"), _remove("engine"), _stop_proxy, _point_elsewhere]


class AnyOrder(RuleBasedStateMachine):
    """A host, and everybody who may do something to it."""

    def __init__(self) -> None:
        super().__init__()
        self.fleet = Fleet()
        self.host = self.fleet.host

    def teardown(self) -> None:
        self.fleet.close()

    @rule(image=st.sampled_from(GOOD), changes=WISHES, fault=FAULTS)
    def deploy(self, image: str, changes: dict[str, Any], fault: Breaks) -> None:
        self._deploy(image, changes, fault, then=Truth(image))

    @rule(image=st.sampled_from(BAD), changes=WISHES, fault=FAULTS)
    def deploy_a_bad_one(self, image: str, changes: dict[str, Any], fault: Breaks) -> None:
        self._deploy(image, changes, fault, then=self.fleet.truth)

    @rule(fault=FAULTS)
    def roll_back(self, fault: Breaks) -> None:
        serving = self.host.site.state().serving
        to = self.host.site.releases.previous(serving)
        then = Truth(to.image.removeprefix("sha256:")) if to else self.fleet.truth
        self.fleet.do(lambda: self.host.job("rollback"), then, fault)

    @rule(fault=FAULTS)
    def stop(self, fault: Breaks) -> None:
        self.fleet.do(lambda: self.host.job("stop"), Truth(self.fleet.truth.image, stopped=True), fault)

    @rule(fault=FAULTS)
    def start(self, fault: Breaks) -> None:
        self.fleet.do(lambda: self.host.job("start"), Truth(self.fleet.truth.image), fault)

    @rule(keep=st.integers(1, 3), fault=FAULTS)
    def prune(self, keep: int, fault: Breaks) -> None:
        self.fleet.do(lambda: self.host.job("prune", keep=keep), self.fleet.truth, fault)

    @rule()
    def unpin(self) -> None:
        self.host.ask("unpin")

    @rule(hand=st.sampled_from(HANDS))
    @precondition(lambda self: not self.fleet.truth.stopped and not self.fleet.away)
    def change_by_hand(self, hand: Callable[[Host], None]) -> None:
        hand(self.host)

    @rule()
    def lose_power(self) -> None:
        self.fleet.lose_power()

    @rule(seconds=st.sampled_from([1.0, 60.0, 7200.0]))
    def wait(self, seconds: float) -> None:
        self.host.outside.stall(seconds)

    @rule(n=st.integers(1, 60), looks=st.integers(1, 3))
    def guard_dies(self, n: int, looks: int) -> None:
        self.fleet.guard_dies(n, looks)

    @rule()
    @precondition(lambda self: not self.fleet.away)
    def docker_goes(self) -> None:
        self.fleet.away = self.host.docker.away = True

    @rule(lost=st.booleans())
    @precondition(lambda self: self.fleet.away)
    def docker_comes_back(self, *, lost: bool) -> None:
        self.fleet.away = self.host.docker.away = False
        if lost:
            for box in self.host.docker.boxes.values():
                box.running = False

    @invariant()
    def everything_is_as_it_must_be(self) -> None:
        self.fleet.rest()

    def _deploy(self, image: str, changes: dict[str, Any], fault: Breaks, then: Truth) -> None:
        wish = wanted(image, **changes)
        self.fleet.do(lambda: self.host.job("deploy", wanted=wish, owner=OWNER), then, fault)
