"""A step says what it does, for how long, and how it ended; also where nobody watches a terminal."""

import time

import pytest

from lab import steps
from lab.shell import LabError, run
from lab.steps import Steps


def test_a_step_ends_with_its_time_and_its_last_word(capsys: pytest.CaptureFixture[str]) -> None:
    with Steps().step("engine") as tell:
        tell("looking")
        tell("found on PATH")
    assert capsys.readouterr().err.split() == ["done", "0.0", "s", "engine:", "found", "on", "PATH"]


def test_a_step_that_fails_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LabError), Steps().step("engine"):
        raise LabError("no")
    assert capsys.readouterr().err.startswith("FAILED")


def test_a_silent_step_is_seen_to_go_on(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "QUIET_SECONDS", 0.05)
    with Steps().step("engine") as tell:
        tell("building, which takes minutes")
        time.sleep(0.3)
    assert capsys.readouterr().err.count("engine: building, which takes minutes") > 2


def test_a_command_that_fails_shows_its_last_twenty_lines() -> None:
    with pytest.raises(LabError, match="ended with exit code 3") as error:
        run(["sh", "-c", "seq 1 30; exit 3"], lambda _: None)
    assert str(error.value).split()[-20:] == [str(number) for number in range(11, 31)]


def test_a_command_gets_its_input_and_tells_its_lines() -> None:
    told: list[str] = []
    assert run(["cat"], told.append, stdin="one\ntwo\n") == "one\ntwo\n"
    assert told == ["one\n", "two\n"]


def test_a_path_that_is_longer_than_a_line_can_be_copied_from_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    with Steps().step("engine") as tell:
        tell("kept: /somebody/has/a/home/that/is/long/engine-3.259.0-of:100:pieces")
    assert "kept: /somebody/has/a/home/that/is/long/engine-3.259.0-of:100:pieces\n" in capsys.readouterr().err
