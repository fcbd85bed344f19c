"""Every change leaves one line that says who did what and how it went, and nothing that could be a secret."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.agent.audit import LARGEST, Change
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

BAD = Behaviour(text="lorem ipsum")
POISON = "hunter2-hunter2"
FIRST = ("deploy", "ana@mac", None, 1, "deployed", 0)
Row = tuple[str, str, Any, Any, str, int]


def rows(host: Host) -> list[Row]:
    """The audit without times and jobs."""
    lines = host.ask("audit", last=100)["result"]["lines"]
    return [(line["what"], line["who"], line["from"], line["to"], line["outcome"], line["code"]) for line in lines]


@pytest.fixture
def serving(host: Host) -> Host:
    """A host where release 1 serves, as its audit knows."""
    deploy(host, "one")
    assert rows(host) == [FIRST]
    return host


def later(host: Host) -> list[Row]:
    """What was changed since."""
    first, *rest = rows(host)
    assert first == FIRST
    return rest


def deploy(host: Host, image: str, **changes: Any) -> dict[str, Any]:
    return host.job("deploy", wanted=wanted(image, **changes), owner=OWNER)


def test_a_day_in_the_life_of_a_host(host: Host) -> None:
    deploy(host, "one")
    deploy(host, "two")
    host.image("bad", BAD)
    deploy(host, "bad")
    host.job("rollback")
    host.ask("unpin")
    host.job("stop")
    host.job("start")
    host.job("prune", keep=1, floor_gib=10_000)
    host.ask("destroy", owner=OWNER)
    assert (
        rows(host)
        == [
            ("deploy", "ana@mac", None, 1, "deployed", 0),
            ("deploy", "ana@mac", 1, 2, "deployed", 0),
            ("deploy", "ana@mac", 2, 3, "restored", 20),
            ("rollback", "ana@mac", 2, 1, "rolled back", 0),
            ("unpin", "ana@mac", 1, 1, "unpinned", 0),
            ("stop", "ana@mac", 1, 1, "stopped", 0),
            ("start", "ana@mac", 1, 1, "started", 0),
            ("prune", "ana@mac", 1, 1, "pruned", 0),
            ("destroy", "ana@mac", 1, None, "destroyed", 0),
        ][: len(rows(host))]
    )
    assert rows(host)[-1][0] == "destroy"


def test_a_line_names_its_time_and_its_job(host: Host) -> None:
    key = host.ask("deploy", wanted=wanted("one"), owner=OWNER)["result"]["job"]
    (line,) = host.ask("audit", last=5)["result"]["lines"]
    assert line["job"] == key
    assert line["at"] == pytest.approx(host.site.world.now(), abs=60)


def test_what_changed_nothing_leaves_no_line(serving: Host) -> None:
    deploy(serving, "one")
    deploy(serving, "missing")
    serving.ask("unpin")
    serving.job("prune", keep=3)
    serving.ask("current")
    with serving.alone():
        deploy(serving, "two")
        serving.job("stop")
    assert later(serving) == []


def test_a_repair_is_a_change(serving: Host) -> None:
    serving.box(1).running = False
    deploy(serving, "one")
    assert later(serving) == [("deploy", "ana@mac", 1, 1, "repaired", 0)]


def test_the_guard_tells_what_it_starts(serving: Host) -> None:
    serving.reboot()
    serving.guard(looks=1)
    assert later(serving) == [("start", "guard", 1, 1, "started", 0)]


def test_who_asked_a_job_to_stop_is_told_too(serving: Host) -> None:
    serving.image("two", Behaviour(health=((0, 503),)))

    def abort() -> None:
        serving.ask("abort", who="bo@pc")

    serving.outside.at(serving.outside.seconds + 5, abort)
    deploy(serving, "two")
    assert later(serving) == [
        ("abort", "bo@pc", 1, 1, "asked deploy", 0),
        ("deploy", "ana@mac", 1, 2, "restored", 20),
    ]


def test_an_audit_that_cannot_be_written_changes_no_outcome(serving: Host) -> None:
    serving.world.break_on("append audit")
    assert deploy(serving, "two")["code"] == 0
    assert any("the audit could not be written" in line for line in serving.said)


def test_no_secret_and_no_message_is_ever_in_it(serving: Host) -> None:
    serving.secret("api-key", "v2", POISON)
    serving.docker.logs["sha256:two"] = f"ValueError: {POISON}"
    serving.image("two", Behaviour(exits_at=0.2))
    ended = serving.job("deploy", wanted={**wanted("two"), "secrets": {"api-key": "v2"}}, owner=OWNER)
    assert POISON in ended["error"]["failed"]
    serving.image("three", Behaviour(text=POISON))
    deploy(serving, "three")
    assert len(later(serving)) == 2
    assert POISON not in serving.home.audit.read_text()


def test_a_name_of_any_length_stays_within_its_line(serving: Host) -> None:
    serving.job("stop", who="x" * 10_000 + "\n")
    assert len(serving.home.audit.read_text()) < 700


def test_only_the_last_lines_are_told(serving: Host) -> None:
    for _ in range(3):
        serving.job("stop")
        serving.job("start")
    assert [line["what"] for line in serving.ask("audit", last=2)["result"]["lines"]] == ["stop", "start"]


def test_the_file_stays_small_and_the_lines_before_are_kept_once(serving: Host) -> None:
    change = Change("deploy", "ana@mac" * 15, 1, 2, "deployed")
    for _ in range(2 * LARGEST // 200):
        serving.site.audit.write(change)
    sizes = [path.stat().st_size for path in serving.home.root.glob("audit*")]
    assert len(sizes) == 2
    assert max(sizes) <= LARGEST
    assert len(serving.site.audit.lines(10_000)) > LARGEST // 300


def test_a_torn_line_does_not_take_the_next_one_with_it(serving: Host) -> None:
    serving.job("stop")
    with serving.home.audit.open("a") as file:
        file.write('{"what": "dep')
    serving.job("start")
    assert [row[0] for row in later(serving)] == ["stop", "start"]
