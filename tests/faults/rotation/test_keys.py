"""An API key is renewed without a restart and without a moment at which the key of the store is refused."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest

from ocrfleet.agent.leftovers import sweep
from ocrfleet.errors import OcrfleetError, Refused
from ocrfleet.rotation.outcome import FINISHED, ROTATED, WAITS, Lap
from ocrfleet.secrets import Secret
from tests.faults.rotation.hosts import DAY, FIRST, Bench
from tests.unit.agent.host import Host
from tests.unit.agent.photograph import Photograph
from tests.unit.agent.wanted import wanted
from tests.unit.rotation.steps import Killed, every_kill, every_refusal

NONE = Lap(0)


@pytest.fixture
def bench(serving: Host) -> Bench:
    return Bench(serving)


def test_both_keys_are_good_for_the_overlap_and_then_only_the_new_one(bench: Bench) -> None:
    host = bench.host
    outcome, _ = bench.rotate()
    new = bench.values["api-key"]
    assert (outcome.what, outcome.proved) == (ROTATED, ("lab itself",))
    assert (bench.good(FIRST), bench.good(new)) == (True, True)
    host.outside.wait(86390)
    host.site.proxy.keys.expire()
    assert bench.good(FIRST)
    host.outside.wait(11)
    host.site.proxy.keys.expire()
    assert (bench.good(FIRST), bench.good(new)) == (False, True)


def test_no_engine_is_touched_and_the_release_is_the_same(bench: Bench) -> None:
    host = bench.host
    before = (host.serves(), host.box(1).starts, host.proxy.starts, host.states)
    bench.rotate()
    assert (host.serves(), host.box(1).starts, host.proxy.starts, host.states) == before
    assert [call for call in host.world.calls if call.startswith("docker ") and "inspect" not in call] == []


def test_a_deploy_after_it_changes_nothing_and_ends_no_overlap(bench: Bench) -> None:
    host = bench.host
    bench.rotate()
    version = host.site.proxy.keys.versions({})["api-key"]
    assert host.deploy({**wanted("one"), "secrets": {"api-key": version}})["outcome"] == "unchanged"
    assert bench.good(FIRST)
    host.image("two")
    host.deploy({**wanted("two"), "secrets": {"api-key": version}})
    assert bench.good(FIRST)
    assert host.ask("facts")["result"]["drift"] == []


def test_a_deploy_between_two_steps_goes_on_with_the_rotation(bench: Bench) -> None:
    """What the store has by then is the successor, and the one before keeps its overlap."""
    with pytest.raises(Killed):
        bench.rotate(DAY, (names(bench).index("store write") + 1, "after"))
    host, new = bench.host, bench.values["api-key"]
    host.deploy({**wanted("one"), "secrets": {"api-key": f"v-{new.reveal()[:12]}"}})
    assert (bench.good(FIRST), bench.good(new)) == (True, True)
    assert bench.rotate()[0].what == WAITS


def test_every_change_is_in_the_audit(bench: Bench) -> None:
    bench.rotate()
    lines = bench.host.site.audit.lines(2)
    assert [(line["what"], line["outcome"]) for line in lines] == [
        ("rotate api-key", "its successor is good, too"),
        ("rotate api-key", "rotated"),
    ]


def test_in_an_emergency_the_key_before_is_refused_at_once(bench: Bench) -> None:
    bench.rotate()
    second, bench.handed = bench.values["api-key"], []
    outcome, _ = bench.rotate(NONE)
    assert (outcome.what, outcome.until) == (ROTATED, None)
    assert [bench.good(one) for one in (FIRST, second, bench.values["api-key"])] == [False, False, True]


@pytest.mark.parametrize("lap", [DAY, NONE], ids=["overlap", "emergency"])
def test_killed_before_or_after_any_call_the_next_run_converges(bench: Bench, lap: Lap) -> None:
    before = bench.host.photograph()
    places = list(every_kill(lambda _: fresh(bench, before).rotate(lap)[1].count))
    assert len(places) >= 14
    for kill in places:
        again = fresh(bench, before)
        with pytest.raises(Killed):
            again.rotate(lap, kill)
        again.look()
        outcome, _ = again.rotate(lap)
        new = again.values["api-key"]
        assert outcome.what in {ROTATED, FINISHED, WAITS}, kill
        assert new != FIRST
        assert (again.good(FIRST), again.good(new)) == (not lap.is_none, True), kill
        assert again.host.ask("facts")["result"]["drift"] == []
        again.host.outside.wait(86401)
        again.host.site.proxy.keys.expire()
        assert (again.good(FIRST), again.good(new)) == (False, True), kill


@pytest.mark.parametrize("lap", [DAY, NONE], ids=["overlap", "emergency"])
def test_whatever_is_refused_the_error_says_whether_anything_was_changed(bench: Bench, lap: Lap) -> None:
    before = bench.host.photograph()
    for place in list(every_refusal(lambda _: fresh(bench, before).rotate(lap)[1].count)):
        again = fresh(bench, before)
        with pytest.raises(OcrfleetError) as refused:
            again.rotate(lap, place)
        is_changed = bool(again.host.site.audit.lines(1)) or again.values["api-key"] != FIRST
        assert (refused.value.changed == "nothing") is not is_changed, place
        assert again.rotate(lap)[0].what in {ROTATED, FINISHED, WAITS}


@pytest.mark.parametrize("verb", ["admit", "promote"])
@pytest.mark.parametrize("kind", ["die", "tear", "after"])
def test_a_host_that_dies_at_any_call_of_a_step_has_a_good_key_all_the_time(bench: Bench, verb: str, kind: str) -> None:
    """The agent's own calls, every one: what the store has is good before, after, and when the guard has looked."""
    host = bench.host
    if verb == "promote":
        with pytest.raises(Killed):
            bench.rotate(DAY, (names(bench).index("store write") + 1, "after"))
    before, values, number = host.photograph(), dict(bench.values), 0
    while True:
        number += 1
        again = fresh(bench, before)
        again.values.update(values)
        again.host.world.break_at(number, kind)
        with suppress(OcrfleetError):
            again.rotate()
        missed = again.host.world.fault is not None and len(again.host.world.calls) < number
        again.host.crash()
        again.look()
        again.rotate()
        assert (again.good(FIRST), again.good(again.values["api-key"])) == (True, True)
        if missed:
            break
    assert number > 5


def test_a_store_that_was_changed_without_a_deploy_is_refused(bench: Bench) -> None:
    bench.values["api-key"] = Secret("another" * 5)
    bench.look = lambda: None  # type: ignore[method-assign]  # nobody was told yet
    with pytest.raises(Refused, match="the store config has another api-key than lab") as refused:
        bench.rotate()
    assert refused.value.fix.startswith("ocrfleet deploy lab")
    assert bench.good(FIRST)


def test_two_names_leave_no_place_for_a_successor(serving: Host) -> None:
    serving.secret("other", "v9", "o" * 32)
    wish = {**wanted("one", proxy__api_keys=["api-key", "other"]), "secrets": {"api-key": "v1", "other": "v9"}}
    serving.deploy(wish)
    with pytest.raises(OcrfleetError, match="the proxy checks two keys, and both are in use"):
        Bench(serving).rotate()


def test_a_key_nobody_asks_for_is_refused(bench: Bench) -> None:
    bench.host.deploy({**wanted("one", proxy__api_keys=[]), "secrets": {}})
    with pytest.raises(Refused, match="lab asks for no key api-key"):
        bench.rotate()


def test_old_values_are_swept_and_those_that_are_good_stay(bench: Bench) -> None:
    bench.host.secret("api-key", "v0", "o" * 32)
    bench.rotate()
    known = bench.host.site.proxy.keys.validities({})["api-key"]
    folders = list((bench.host.home.root / "secrets").iterdir())
    for path in (bench.host.home.root / "secrets").rglob("*"):
        os.utime(path, (0, 0))
    sweep(bench.host.site)
    left = {folder.name for folder in (bench.host.home.root / "secrets").iterdir()}
    assert (len(folders), left) == (3, {known.version, known.beside})


def names(bench: Bench) -> list[str]:
    """The calls of a whole rotation, on a host that is put back afterwards."""
    before = bench.host.photograph()
    found = fresh(bench, before).rotate()[1].names
    fresh(bench, before)
    return found


def fresh(bench: Bench, before: Photograph) -> Bench:
    """The same host as it was."""
    bench.host.go_back(before)
    return Bench(bench.host)
