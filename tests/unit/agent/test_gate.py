"""A release that cannot read a known page does not pass, and the message says which check failed with what."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrfleet.agent.errors import GateFailed
from ocrfleet.agent.gate import Candidate
from tests.unit.agent.behaviour import GOLDEN, MODEL, Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted

PAGE = wanted()["service"]["gate"]["page"]
GOOD = Behaviour()
LOOP = "row total " * 8

FAILURES: dict[str, tuple[Behaviour, str]] = {
    "exits at once": (
        replace(GOOD, exits_at=0.1),
        "the container ended with exit code 1; its last lines:\nloading\nValueError: no GPU",
    ),
    "never listens": (
        replace(GOOD, listens_at=99),
        "/health was not 200 after 20 s: [Errno 111] Connection refused",
    ),
    "never healthy": (
        replace(GOOD, health=((0, 503),)),
        "/health was not 200 after 20 s: status 503: not ready",
    ),
    "another model": (
        replace(GOOD, models=b'{"data": [{"id": "gpt-2"}]}'),
        'does not list tesseract: status 200: {"data": [{"id": "gpt-2"}]}',
    ),
    "no model": (replace(GOOD, models=b'{"data": null}'), 'does not list tesseract: status 200: {"data": null}'),
    "models of a strange shape": (replace(GOOD, models=b'{"data": 7}'), "/v1/models does not list tesseract"),
    "models in no JSON": (replace(GOOD, models=b"<html>"), "does not list tesseract: status 200: <html>"),
    "wrong text": (
        replace(GOOD, text=GOLDEN.replace("Invoice", "Outgo").replace("EUR", "USD")),
        "character error rate 0.278 is above 0.05; it read 'Outgo 117 Please pay 1,234.50 USD.'",
    ),
    "half a text": (replace(GOOD, text="Invoice"), "0.19 times the expected length; it read 'Invoice'"),
    "no text": (replace(GOOD, text=""), "0.00 times the expected length; it read ''"),
    "far too much": (replace(GOOD, text=GOLDEN * 3), "times the expected length"),
    "one phrase again and again": (replace(GOOD, text=LOOP), "the answer repeats 'row total' again and again"),
    "cut off": (replace(GOOD, finish="length"), "the answer ended by 'length', not 'stop'; it read 'Invoice 117"),
    "an error instead of a page": (
        replace(GOOD, page_status=500, page_body=b'{"error": "CUDA out of memory"}'),
        'golden page: status 500: {"error": "CUDA out of memory"}',
    ),
    "no completion": (replace(GOOD, page_body=b'{"choices": []}'), "is not a chat completion: status 200"),
    "a page that never comes": (replace(GOOD, page_seconds=60), "golden page: no end of an answer within 5 s"),
    "ends while it reads": (replace(GOOD, exits_at=0.6, page_seconds=2), "the container ended with exit code 1"),
    "ends after it read": (replace(GOOD, exits_at=1.6), "the container ended with exit code 1"),
    "gets ill after it read": (
        replace(GOOD, health=((0, 200), (1.6, 500))),
        "it did not stay healthy: status 500: not ready",
    ),
}


@pytest.fixture
def host(host: Host) -> Host:
    """A host whose candidate can be started by hand."""
    host.docker.networks["ocrfleet-engines"] = "172.30.240.0/24"
    host.docker.logs["sha256:one"] = "loading\nValueError: no GPU\n"
    return host


def judge(host: Host, behaviour: Behaviour, **gate: Any) -> dict[str, Any]:
    """Start a candidate and have it judged."""
    host.outside.behaviours["sha256:one"] = behaviour
    networks = {"ocrfleet-engines": "172.30.240.3"}
    box = host.docker.add("c", "sha256:one", networks=networks, running=True, started_at=host.outside.seconds)
    changes = {f"gate__{name}": value for name, value in gate.items()}
    return host.site.gate.judge(Candidate(box.id, "172.30.240.3", wanted(**changes)["service"]["gate"]))


def test_a_good_engine_passes_and_is_measured(host: Host) -> None:
    report = judge(host, Behaviour(listens_at=3.0, page_seconds=2.0))
    assert report == {"passed": True, "ready_seconds": pytest.approx(3.1, abs=0.5), "cer": 0.0, "seconds": 2.0}


def test_every_passed_check_is_told(host: Host) -> None:
    judge(host, GOOD)
    assert [line.partition(" after")[0].partition(" in ")[0] for line in host.said] == [
        "gate: healthy",
        "gate: golden page read",
        "gate: stayed healthy for 1 s",
    ]


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_has_its_own_message_with_the_last_value(host: Host, name: str) -> None:
    behaviour, message = FAILURES[name]
    with pytest.raises(GateFailed) as failed:
        judge(host, behaviour)
    assert message in str(failed.value)


@pytest.mark.parametrize("ends", [0.1, 2.0, 15.0])
def test_a_crash_fails_at_once_not_at_the_deadline(host: Host, ends: float) -> None:
    with pytest.raises(GateFailed, match="ended with exit code 1"):
        judge(host, Behaviour(listens_at=99, exits_at=ends))
    assert host.outside.seconds < 5000 + ends + 1


def test_a_container_that_was_removed_fails_at_once(host: Host) -> None:
    host.outside.at(5002, host.docker.boxes.clear)
    with pytest.raises(GateFailed, match="the container was removed"):
        judge(host, Behaviour(listens_at=99))


def test_an_engine_that_starts_slowly_has_its_whole_time(host: Host) -> None:
    assert judge(host, Behaviour(listens_at=19.0))["passed"]


def test_the_minimum_time_is_waited_for_to_its_end(host: Host) -> None:
    with pytest.raises(GateFailed, match="ended with exit code 1"):
        judge(host, Behaviour(exits_at=11.0), healthy_seconds=12.0)
    assert host.outside.seconds < 5013


def test_reading_the_page_is_part_of_the_minimum_time(host: Host) -> None:
    begun = host.outside.seconds
    judge(host, Behaviour(page_seconds=4.0), healthy_seconds=12.0)
    assert host.outside.seconds - begun == pytest.approx(12.0, abs=1.0)


def test_an_engine_that_ends_after_a_long_page_is_looked_at_once_more(host: Host) -> None:
    with pytest.raises(GateFailed, match="ended with exit code 1"):
        judge(host, Behaviour(page_seconds=4.0, exits_at=4.2), healthy_seconds=1.0)


@pytest.mark.parametrize("path", ["/v1/models", "/v1/chat/completions"])
def test_an_end_that_docker_hears_of_late_is_named_as_one(host: Host, path: str) -> None:
    with pytest.raises(GateFailed, match="ended with exit code 1"):
        judge(host, Behaviour(breaks_off=path, exits_at=1.4))


def test_an_end_that_docker_hears_of_late_is_named_while_it_must_stay_healthy(host: Host) -> None:
    with pytest.raises(GateFailed, match="ended with exit code 1"):
        judge(host, Behaviour(health=((0.0, 200), (5.0, 0)), exits_at=6.4), healthy_seconds=12.0)
    begun = host.outside.seconds
    with pytest.raises(GateFailed, match="it did not stay healthy: status 503"):
        judge(host, Behaviour(health=((0.0, 200), (5.0, 503))), healthy_seconds=12.0)
    assert host.outside.seconds - begun < 6.2, "one that answers has not ended"


def test_docker_being_away_is_not_taken_for_a_dead_candidate(host: Host) -> None:
    host.outside.at(5000.1, lambda: setattr(host.docker, "away", True))
    with pytest.raises(Exception, match="Cannot connect to the Docker daemon"):
        judge(host, Behaviour(listens_at=5.0))


@settings(max_examples=30)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["data", "id", "choices", "message", "content", "finish_reason"]), inner)
        ),
        max_leaves=8,
    )
)
def test_whatever_an_engine_answers_is_judged_never_stumbled_over(
    tmp_path_factory: pytest.TempPathFactory, body: Any
) -> None:
    host = Host(tmp_path_factory.mktemp("host"))
    raw = json.dumps(body).encode()
    for engine in (Behaviour(models=raw), Behaviour(page_body=raw)):
        with pytest.raises(GateFailed):
            judge(host, engine)
        host.docker.boxes.clear()


def test_the_model_is_the_one_that_was_asked_for() -> None:
    assert wanted()["service"]["gate"]["model"] == MODEL
