"""What needs no new engine is applied around the one that serves: no new release, no restart, no gap."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.agent.errors import HostError, NotRestored, Restored
from ocrfleet.agent.home import to_json
from ocrfleet.agent.names import digest, settings
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

SETTINGS: dict[str, dict[str, Any]] = {
    "gate": {"gate__healthy_seconds": 9.0},
    "cutover": {"cutover__drain_seconds": 9.0},
    "retention": {"keep": 9},
    "proxy": {"proxy__caddyfile": "http://:8080 # new\n"},
}
ENGINES: dict[str, dict[str, Any]] = {
    "run": {"run": [*wanted()["service"]["run"], "--new"]},
    "engine": {"engine__memory_gib": 9.0},
    "networks": {"networks": {}},
}
NEW_KEY = "n" * 32


def rotated(host: Host, **changes: Any) -> dict[str, Any]:
    """The same service with another API key, which has reached the host."""
    host.secret("api-key", "v2", NEW_KEY)
    return {**wanted("one", **changes), "secrets": {"api-key": "v2"}}


def keys(host: Host) -> set[str]:
    return {path.read_text() for path in (host.home.proxy / "keys").iterdir()}


@pytest.mark.parametrize("part", SETTINGS)
def test_a_setting_is_applied_without_a_new_release(serving: Host, part: str) -> None:
    wish = wanted("one", **SETTINGS[part])
    assert serving.deploy(wish) == {"outcome": "settings applied", "release": 1}
    assert (serving.states, serving.box(1).starts, serving.proxy.starts) == ({1: "good"}, 1, 1)
    assert serving.site.releases.wanted(1) == wish
    assert serving.unrest() == []
    assert f"applied without restart of the engine: {part}" in serving.said
    assert serving.deploy(wish)["outcome"] == "unchanged"


@pytest.mark.parametrize("part", SETTINGS)
def test_a_setting_is_no_part_of_a_release_and_its_part_is_named(part: str) -> None:
    old, new = wanted("one"), wanted("one", **SETTINGS[part])
    assert digest(old) == digest(new)
    assert [name for name, mark in settings(new).items() if settings(old)[name] != mark] == [part]


@pytest.mark.parametrize("part", ENGINES)
def test_what_an_engine_is_made_of_makes_another_release(part: str) -> None:
    assert digest(wanted("one")) != digest(wanted("one", **ENGINES[part]))
    assert digest(wanted("one")) != digest(wanted("two"))


def test_a_rotated_key_is_valid_at_once_and_the_old_one_no_more(serving: Host) -> None:
    assert serving.deploy(rotated(serving)) == {"outcome": "settings applied", "release": 1}
    assert keys(serving) == {NEW_KEY}
    assert (serving.box(1).starts, serving.proxy.starts) == (1, 1)
    assert serving.ask("ask", method="GET", path="/v1/models", seconds=5)["result"]["status"] == 200


def test_a_rollback_does_not_bring_back_a_revoked_key(serving: Host) -> None:
    serving.deploy(wanted("two"))
    serving.deploy({**rotated(serving), "image": "sha256:two"})
    serving.rollback()
    assert (serving.serves(), keys(serving)) == (1, {NEW_KEY})
    assert serving.ask("manifest", release=1)["result"]["wanted"]["secrets"] == {"api-key": "v2"}
    assert serving.ask("facts")["result"]["drift"] == []


def test_a_rollback_does_not_open_a_proxy_that_asks_for_keys_now(host: Host) -> None:
    open_ = wanted("one", proxy__api_keys=[], proxy__caddyfile="http://:8080 # open\n")
    host.deploy({**open_, "secrets": {}})
    host.deploy(wanted("two"))
    host.rollback()
    assert (host.serves(), host.proxy.config) == (1, "http://:8080\n")
    assert host.unrest() == []


def test_a_release_that_was_reached_otherwise_keeps_its_own_proxy_configuration(serving: Host) -> None:
    serving.deploy(wanted("two", engine__port=9000, proxy__caddyfile="http://:8080 # 9000\n"))
    serving.rollback()
    assert serving.proxy.config == "http://:8080\n"
    assert serving.unrest() == []


def test_a_key_that_was_rotated_stays_so_when_the_release_beside_it_fails(serving: Host) -> None:
    serving.image("two", Behaviour(text="lorem ipsum"))
    with pytest.raises(Restored):
        serving.deploy({**rotated(serving), "image": "sha256:two"})
    assert (serving.serves(), keys(serving)) == (1, {NEW_KEY})


def test_a_key_of_another_name_leaves_the_old_one_to_what_serves_until_its_successor_does(serving: Host) -> None:
    serving.secret("other", "v9", NEW_KEY)
    wish = {**wanted("two", proxy__api_keys=["other"]), "secrets": {"other": "v9"}}
    serving.image("two", Behaviour(text="lorem ipsum"))
    with pytest.raises(Restored):
        serving.deploy(wish)
    assert (serving.serves(), keys(serving)) == (1, {"k" * 32})
    serving.image("two")
    serving.deploy(wish)
    assert keys(serving) == {NEW_KEY}
    assert serving.ask("manifest", release=1)["result"]["wanted"]["secrets"] == {"other": "v9"}


def test_a_host_that_has_not_recorded_its_keys_yet_has_those_of_its_release(serving: Host) -> None:
    serving.home.keys.unlink()
    assert serving.deploy(wanted("one"))["outcome"] == "unchanged"
    assert serving.deploy(rotated(serving))["outcome"] == "settings applied"


def test_settings_that_are_refused_change_nothing(serving: Host) -> None:
    with pytest.raises(Restored, match="unrecognized directive: BROKEN") as refused:
        serving.deploy(rotated(serving, proxy__caddyfile="BROKEN"))
    assert refused.value.changed == "nothing; the settings before are in place again"
    assert (serving.unrest(), keys(serving)) == ([], {"k" * 32})
    assert serving.site.releases.wanted(1) == wanted("one")
    assert serving.ask("facts")["result"]["drift"] == []


def test_settings_that_can_be_neither_applied_nor_put_back_are_said_so(serving: Host) -> None:
    serving.world.break_on("docker exec")
    with pytest.raises(NotRestored, match="could not be put back"):
        serving.deploy(wanted("one", **SETTINGS["proxy"]))
    serving.world.revive()
    assert serving.deploy(wanted("one", **SETTINGS["proxy"]))["release"] == 1
    assert serving.unrest() == []


def test_another_wish_does_not_join_the_deploy_that_runs(serving: Host) -> None:
    serving.world.later = []
    one, other = (serving.ask("deploy", wanted=wanted("one", keep=n), owner=OWNER)["result"] for n in (4, 5))
    assert one["job"] != other["job"]


def test_the_host_tells_its_settings_with_its_own_keys(serving: Host) -> None:
    assert serving.ask("facts")["result"]["settings"] == settings(wanted("one"))
    serving.home.keys.write_bytes(to_json({"api-key": "v2"}))
    told = serving.ask("facts")["result"]["settings"]
    assert told == settings({**wanted("one"), "secrets": {"api-key": "v2"}})


def test_a_stopped_limit_alone_is_no_other_proxy() -> None:
    """The limit follows the drain, and a proxy is always stopped with one of its own."""
    run = wanted()["service"]["proxy"]["run"]
    assert settings(wanted(proxy__run=[*run, "--stop-timeout=9"])) == settings(wanted())


def test_an_engine_that_was_stopped_by_hand_is_repaired_beside(serving: Host) -> None:
    serving.box(1).running = False
    assert serving.deploy(wanted("one", keep=4))["outcome"] == "settings applied"
    assert serving.unrest() == []


def test_settings_of_a_pinned_host_wait(serving: Host) -> None:
    serving.deploy(wanted("two"))
    serving.rollback()
    with pytest.raises(HostError, match="is pinned"):
        serving.deploy(wanted("one", keep=4))
