"""A key and its successor on the host: which are good when, in which file, and what becomes of the one before."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.agent.guard import watch
from ocrfleet.agent.home import read_json
from tests.unit.agent.host import Host
from tests.unit.agent.loops import Enough, stop_now
from tests.unit.agent.wanted import wanted

OLD, NEW, NEWER = "k" * 32, "n" * 32, "m" * 32
LAP = 60.0


@pytest.fixture
def two(serving: Host) -> Host:
    """A host that was sent a successor."""
    serving.secret("api-key", "v2", NEW)
    serving.secret("api-key", "v3", NEWER)
    return serving


def step(host: Host, verb: str, version: str = "v2", overlap: float = LAP, name: str = "api-key") -> dict[str, Any]:
    return host.ask(verb, name=name, version=version, overlap=overlap, what=f"rotate {name}")


def slots(host: Host) -> tuple[str, str]:
    folder = host.home.proxy / "keys"
    return (folder / "current").read_text(), (folder / "next").read_text()


def test_a_successor_is_good_beside_the_valid_key_which_stays_where_it_is(two: Host) -> None:
    assert step(two, "admit") == {"result": {"admitted": "api-key"}}
    assert slots(two) == (OLD, NEW)
    told = two.ask("keys")["result"]
    assert told["keys"] == {"api-key": {"version": "v1", "beside": "v2", "until": None, "overlap": LAP}}
    assert told["now"] == two.site.world.now()
    assert two.site.proxy.keys.are_applied(wanted("one"))


def test_the_guard_that_ends_the_overlap_is_ours(two: Host) -> None:
    """An older one knows of no end."""
    current = two.home.agents / "current"
    current.unlink(missing_ok=True)
    current.symlink_to("older.pyz")
    step(two, "admit")
    assert current.resolve() == two.world.program()


def test_a_promoted_key_lets_the_one_before_stay_for_the_overlap(two: Host) -> None:
    step(two, "admit")
    now = two.site.world.now()
    assert step(two, "promote") == {"result": {"promoted": "api-key", "until": now + LAP}}
    assert slots(two) == (OLD, NEW)
    assert step(two, "promote")["result"]["until"] == now + LAP
    two.outside.wait(LAP - 1)
    two.site.proxy.keys.expire()
    assert slots(two) == (OLD, NEW)
    two.outside.wait(1)
    assert two.ask("facts")["result"]["drift"] == ["the proxy's API keys were edited"]
    two.site.proxy.keys.expire()
    assert slots(two) == (NEW, NEW)
    assert two.ask("facts")["result"]["drift"] == []


def test_without_an_overlap_the_one_before_is_good_no_more(two: Host) -> None:
    step(two, "admit", overlap=0.0)
    step(two, "promote", overlap=0.0)
    assert slots(two) == (NEW, NEW)


def test_another_successor_takes_the_place_of_one_that_nobody_was_given(two: Host) -> None:
    step(two, "admit")
    step(two, "admit", "v3")
    assert slots(two) == (OLD, NEWER)
    assert "no such successor of api-key was let in" in step(two, "promote")["error"]["failed"]
    step(two, "promote", "v3")
    step(two, "admit")
    assert slots(two) == (NEW, NEWER)


def test_a_key_whose_time_is_over_is_not_promoted_again(two: Host) -> None:
    step(two, "admit")
    step(two, "promote")
    two.outside.wait(LAP)
    assert "no such successor of api-key was let in" in step(two, "promote", "v1")["error"]["failed"]


def test_what_is_not_there_is_refused_and_nothing_is_changed(two: Host) -> None:
    before = two.home.keys.read_bytes()
    for said, asked in {
        "the new value of api-key is not on this host": step(two, "admit", "v9"),
        "the service on this host asks for no key other": step(two, "admit", name="other"),
        "no such successor of api-key was let in on this host": step(two, "promote"),
    }.items():
        assert asked["error"]["failed"] == said
        assert asked["error"]["code"] == 10
    assert (two.home.keys.read_bytes(), slots(two)) == (before, (OLD, OLD))


def test_a_host_on_which_nothing_serves_has_no_keys_to_change(host: Host) -> None:
    assert step(host, "admit")["error"]["failed"] == "nothing is serving on this host"
    assert host.ask("keys")["result"]["keys"] == {}
    host.site.proxy.keys.expire()


def test_two_names_have_both_places(two: Host) -> None:
    two.secret("other", "v9", "o" * 32)
    wish = {**wanted("one", proxy__api_keys=["api-key", "other"]), "secrets": {"api-key": "v1", "other": "v9"}}
    two.deploy(wish)
    assert slots(two) == (OLD, "o" * 32)
    refused = step(two, "admit")["error"]
    assert "the proxy checks two keys, and both are in use" in refused["failed"]
    assert "ocrfleet secrets rotate" in refused["next"]


def test_the_guard_ends_it_whoever_is_at_work(two: Host) -> None:
    step(two, "admit")
    step(two, "promote")
    two.outside.at(two.outside.seconds + LAP + 4, stop_now)
    with two.alone(), pytest.raises(Enough):
        watch(two.site, 3.0)
    assert slots(two) == (NEW, NEW)


def test_the_guard_gives_nobody_back_a_key_that_a_deploy_at_work_took_away(two: Host) -> None:
    """It runs beside the job, and knows the release from before it."""
    step(two, "admit")
    step(two, "promote")
    two.outside.wait(LAP)
    two.secret("other", "v9", "o" * 32)
    wish = {**wanted("one", proxy__api_keys=["other"]), "secrets": {"other": "v9"}}
    two.site.proxy.keys.record({**two.site.proxy.keys.versions(wish), "other": "v9"})
    two.site.proxy.keys.apply(wish)
    two.site.proxy.keys.expire()
    assert slots(two) == ("o" * 32, "o" * 32)


def test_the_guard_only_takes_away_what_is_over(two: Host) -> None:
    step(two, "admit")
    step(two, "promote")
    two.outside.wait(LAP)
    (two.home.proxy / "keys" / "next").write_text("x" * 32)
    two.site.proxy.keys.expire()
    assert slots(two) == (NEW, "x" * 32)


def test_what_a_guard_put_back_beside_a_deploy_is_gone_at_its_end(two: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older guard, of another agent, still applies the release from before."""
    two.secret("other", "v9", "o" * 32)
    two.image("two")
    wish = {**wanted("two", proxy__api_keys=["other"]), "secrets": {"other": "v9"}}
    real = two.site.proxy.keys.record

    def record(versions: dict[str, str]) -> None:
        real(versions)
        (two.home.proxy / "keys" / "next").write_text(OLD)

    monkeypatch.setattr(type(two.site.proxy.keys), "record", lambda _, versions: record(versions))
    two.deploy(wish)
    assert slots(two) == ("o" * 32, "o" * 32)


def test_what_is_over_is_not_in_the_record_any_more_so_a_sweep_removes_it(two: Host) -> None:
    step(two, "admit")
    step(two, "promote")
    two.outside.at(two.outside.seconds + LAP + 4, stop_now)
    with pytest.raises(Enough):
        watch(two.site, 3.0)
    assert read_json(two.home.keys) == {"api-key": "v2"}
    assert slots(two) == (NEW, NEW)


def test_both_steps_are_in_the_audit_and_a_note_of_what_was_done_elsewhere(two: Host) -> None:
    step(two, "admit")
    step(two, "promote")
    two.ask("note", what="rotate access app", outcome="rotated")
    lines = [(one["what"], one["outcome"], one["who"], one["to"]) for one in two.site.audit.lines(3)]
    asked, mine = "rotate api-key", ("ana@mac", 1)
    assert lines[:2] == [(asked, "its successor is good, too", *mine), (asked, "rotated", *mine)]
    assert lines[2:] == [("rotate access app", "rotated", *mine)]


def test_a_key_is_tried_before_it_is_the_valid_one(two: Host) -> None:
    asked: list[dict[str, str]] = []
    real = two.world.ask
    two.world.ask = lambda *words, **how: asked.append(how["headers"]) or real(*words, **how)  # type: ignore[method-assign,func-returns-value]
    for how in ({"key": {"name": "api-key", "version": "v2"}}, {}, {"keyless": True}):
        two.ask("ask", method="GET", path="/v1/models", seconds=5, **how)
    assert [one.get("Authorization") for one in asked] == [f"Bearer {NEW}", f"Bearer {OLD}", None]
