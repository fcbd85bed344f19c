"""A failed engine's log is named by the one row of the table that knows it; what no row knows has no name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ocrfleet.agent.diagnosis import SIGNATURES, Signature, diagnose
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

LOGS = Path(__file__).with_name("logs")
SAMPLES = {path.stem: path.read_text("utf-8") for path in LOGS.glob("*.txt")}
HEALTHY = {path.stem: path.read_text("utf-8") for path in LOGS.glob("healthy/*.txt")}
OOM = "the GPU's memory ran out"


def test_every_row_has_a_sample_and_every_sample_a_row() -> None:
    assert sorted(SAMPLES) == sorted(one.name for one in SIGNATURES)


@pytest.mark.parametrize("name", [one.name for one in SIGNATURES])
def test_a_sample_is_named_by_its_own_row_and_by_no_row_before_it(name: str) -> None:
    found = diagnose(SAMPLES[name])
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", HEALTHY)
def test_a_log_that_shows_no_cause_gets_no_name(name: str) -> None:
    assert diagnose(HEALTHY[name]) is None


@pytest.mark.parametrize("row", SIGNATURES, ids=lambda row: row.name)
def test_a_row_is_one_sentence_and_one_thing_to_do(row: Signature) -> None:
    for text in (row.sentence, row.remedy):
        assert len(text.split()) > 2
        assert not re.search(r"\.$|\.\s+[A-Z]|\n", text)


def test_every_alternative_of_a_pattern_stands_for_itself() -> None:
    """An empty alternative would match everything."""
    assert [one.name for one in SIGNATURES if re.search(one.pattern, "")] == []


@pytest.fixture
def failed(serving: Host) -> Host:
    """A host where release 2 ended for lack of GPU memory."""
    serving.image("two", Behaviour(exits_at=0.2))
    serving.docker.logs["sha256:two"] = SAMPLES["cuda-out-of-memory"] + "x\n" * 20
    return serving


def test_the_cause_is_in_the_message_with_what_to_do(failed: Host) -> None:
    error = failed.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]
    assert error["failed"].endswith(f"\nthe cause, by its log: {OOM}")
    assert error["next"] == (
        "lower gpu-memory-utilization, max-num-seqs or max-model-len, or set cutover.strategy: stop-first; "
        "the whole log: ocrfleet logs lab --release 2"
    )


def test_a_cause_far_above_the_last_lines_is_named_and_told(failed: Host) -> None:
    failed.docker.logs["sha256:two"] += "and so it goes\n" * 50
    error = failed.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]
    assert f"the cause, by its log: {OOM}" in error["failed"]
    assert [line for line in failed.said if line.startswith(f"the cause: {OOM}; ")] != []


def test_the_cause_is_in_the_release_record(failed: Host) -> None:
    failed.job("deploy", wanted=wanted("two"), owner=OWNER)
    (_, two) = failed.ask("releases")["result"]["releases"]
    assert two["diagnosis"] == f"cuda-out-of-memory: {OOM}"


def test_a_container_that_docker_cannot_start_is_named_too(serving: Host) -> None:
    serving.docker.unstartable.add("sha256:two")
    error = serving.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]
    assert "the cause, by its log: the container does not see a GPU" in error["failed"]


def test_a_container_that_was_killed_is_named_by_its_exit_code(serving: Host) -> None:
    serving.image("two", Behaviour(exits_at=0.2, exit_code=137))
    error = serving.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]
    assert "it was killed, which is what the kernel does when memory runs out" in error["failed"]


def test_without_a_cause_nothing_is_said_of_one(serving: Host) -> None:
    serving.image("two", Behaviour(text="lorem ipsum"))
    error = serving.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]
    assert "cause" not in error["failed"]
    assert error["next"] == "ocrfleet logs lab --release 2"
    assert serving.release(2).diagnosis is None


def test_a_log_that_cannot_be_had_does_not_hinder_the_restore(failed: Host) -> None:
    failed.world.break_on("docker logs", error=OSError("gone"))
    assert failed.job("deploy", wanted=wanted("two"), owner=OWNER)["code"] == 20
    assert failed.unrest() == []


def test_a_harmless_line_of_an_engine_that_answers_wrongly_is_not_named_as_the_cause(serving: Host) -> None:
    serving.image("two", Behaviour(text="lorem ipsum"))
    serving.docker.logs["sha256:two"] = "WARNING: cannot cache fonts: Read-only file system\n"
    error = serving.job("deploy", wanted=wanted("two"), owner=OWNER)["error"]
    assert "cause" not in error["failed"]
    assert serving.release(2).diagnosis is None


def test_what_served_serves_again_before_the_log_is_read(failed: Host) -> None:
    failed.world.calls.clear()
    failed.job("deploy", wanted=wanted("two", cutover__strategy="stop-first"), owner=OWNER)
    calls = failed.world.calls
    log = calls.index("docker logs --tail=200")
    assert len(calls) - 1 - calls[::-1].index("save upstream") < log


def test_a_damaged_record_met_by_the_diagnosis_does_not_change_the_outcome(failed: Host) -> None:
    """Restoring never needs the candidate's record; naming the cause does."""
    record = failed.home.release(2) / "record.json"

    def tear() -> None:
        record.write_text("{")

    failed.outside.at(failed.outside.seconds + 0.75, tear)
    told = failed.job("deploy", wanted=wanted("two"), owner=OWNER)
    assert told["code"] == 20
    assert told["error"]["changed"].endswith("release 2 is kept, stopped, for its logs")
    assert failed.site.releases.get(2) is None
    assert failed.serves() == 1


def test_a_record_of_a_newer_agent_can_be_read(serving: Host) -> None:
    path = serving.home.release(1) / "record.json"
    path.write_text(path.read_text().replace("{", '{"colour": "red",', 1))
    assert serving.release(1).is_good
