"""`pulumi up` through us: its lines as they come, and our exit code for how it ended."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.errors import OcrfleetError, Refused
from ocrfleet.operate.pulumicli import change, refresh
from ocrfleet.project import Project
from tests.unit.spec.files import ROOT

PROJECT = Project(ROOT)
StandIn = Callable[[str], None]


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A program called pulumi that does what a test says."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(script: str) -> None:
        (tmp_path / "pulumi").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / "pulumi").chmod(0o755)

    return write


ENDINGS = {
    "well": ("exit 0", 0),
    "well, after a warning with a code": ("echo '(ocrfleet exit code 20)'; exit 0", 0),
    "refused": ("echo '  (ocrfleet exit code 10)'; exit 1", 10),
    "restored, said on the other stream": ("echo '(ocrfleet exit code 20)' >&2; exit 255", 20),
    "not restored": ("echo x; echo '(ocrfleet exit code 30)'; echo y; exit 1", 30),
    "busy": ("echo 'error: (ocrfleet exit code 50) more words'; exit 1", 50),
    "without a code of ours": ("echo 'error: no Pulumi.yaml project file found'; exit 255", 40),
    "killed": ("kill -9 $$", 40),
    "with a code that is none": ("echo '(ocrfleet exit code x)'; exit 1", 40),
    "with a code of no error": ("echo '(ocrfleet exit code 0)'; exit 1", 40),
}


@pytest.mark.parametrize(("script", "code"), ENDINGS.values(), ids=ENDINGS.keys())
def test_the_exit_code_is_ours(pulumi: StandIn, script: str, code: int) -> None:
    pulumi(script)
    assert change(PROJECT, "lab", print) == code


LOCK = "the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock"
CLOUD = "[409] Conflict: Another update is currently in progress."
WRONG = "failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE to the correct passphrase"
UNSET = "getting secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"
NOT_BEGUN = {
    "no stack": ("no stack named 'lab' found", 10, "pulumi stack init lab"),
    "locked": (LOCK, 50, "pulumi cancel -s lab"),
    "locked in the cloud": (CLOUD, 50, "pulumi cancel -s lab"),
    "a wrong passphrase": (f"decrypting secret value: {WRONG}", 10, "PULUMI_CONFIG_PASSPHRASE_FILE"),
    "no passphrase": (UNSET, 10, "PULUMI_CONFIG_PASSPHRASE_FILE"),
}


@pytest.mark.parametrize(("said", "code", "fix"), NOT_BEGUN.values(), ids=NOT_BEGUN.keys())
def test_what_pulumi_refuses_by_itself_has_our_form(pulumi: StandIn, said: str, code: int, fix: str) -> None:
    pulumi(f'echo "  error: {said}" >&2; echo more; exit 255')
    with pytest.raises(OcrfleetError) as refused:
        change(PROJECT, "lab", print)
    assert (refused.value.code, refused.value.changed) == (code, "nothing")
    assert fix in refused.value.fix


def test_words_of_pulumi_in_another_place_mean_nothing(pulumi: StandIn) -> None:
    pulumi("echo \"error: no stack named 'x' found\"; echo '(ocrfleet exit code 20)'; exit 1")
    assert change(PROJECT, "lab", print) == 20
    pulumi("echo \"error: no stack named 'x' found\"; exit 0")
    assert change(PROJECT, "lab", print) == 0
    pulumi('echo "warning: the stack is currently locked by me"; exit 1')
    assert change(PROJECT, "lab", print) == 40


def test_every_line_is_shown_as_it_comes(pulumi: StandIn) -> None:
    pulumi("echo one; echo two >&2; printf 'h\\303\\274 \\377\\n'; printf last")
    lines: list[str] = []
    change(PROJECT, "lab", lines.append)
    assert lines == ["one", "two", "hü \N{REPLACEMENT CHARACTER}", "last"]


def test_pulumi_is_run_in_the_project_without_questions(pulumi: StandIn) -> None:
    pulumi('for word; do echo "$word"; done')
    lines: list[str] = []
    change(PROJECT, "lab", lines.append)
    assert lines == ["up", f"--cwd={ROOT}", "--stack=lab", "--yes", "--skip-preview", "--non-interactive"]


def test_without_pulumi_a_deploy_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="there is no pulumi command here"):
        change(PROJECT, "lab", print)
    assert refresh(PROJECT, "lab") == "there is no pulumi command here"


# Like Pulumi, it needs a moment for its last words.
INTERRUPTED = """
trap 'sleep 0.5; echo "next: ocrfleet attach lab"; echo "(ocrfleet exit code 40)"; exit 255' INT
echo begun
while :; do sleep 0.05; done
"""


@pytest.fixture
def heard() -> Iterator[Any]:
    """Signals are heard here, also where tests run in the background of a shell, which ignores them for us."""

    def ignore(*_: object) -> None:
        pass

    before = {one: signal.signal(one, ignore) for one in (signal.SIGINT, signal.SIGTERM)}
    yield ignore
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_operator_who_interrupts_hears_what_pulumi_says_then(
    pulumi: StandIn, heard: Any, how: signal.Signals
) -> None:
    pulumi(INTERRUPTED)
    lines: list[str] = []

    def show(line: str) -> None:
        lines.append(line)
        if line == "begun":
            os.kill(os.getpid(), how)

    assert change(PROJECT, "lab", show) == 40
    assert (lines[1:], signal.getsignal(how)) == (["next: ocrfleet attach lab", "(ocrfleet exit code 40)"], heard)


def test_who_interrupts_when_pulumi_is_gone_waits_for_nothing_that_it_left_behind(pulumi: StandIn, heard: Any) -> None:
    pulumi("sleep 20 & echo begun; exit 0")

    def show(_: str) -> None:
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        change(PROJECT, "lab", show)
    assert (time.monotonic() - began < 10, signal.getsignal(signal.SIGINT)) == (True, heard)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exit 0", None),
        ("echo noise >&2; exit 0", None),
        ("echo one; echo 'error: backend' >&2; exit 1", "error: backend"),
        ("echo 'no stack'; exit 1", "no stack"),
        ("exit 7", "exit code 7"),
    ],
)
def test_a_refresh_says_why_it_was_not_possible(pulumi: StandIn, script: str, problem: str | None) -> None:
    pulumi(script)
    assert refresh(PROJECT, "lab") == problem


def test_how_long_to_wait_for_another_change_reaches_the_provider(pulumi: StandIn) -> None:
    pulumi('echo "$1 ${OCRFLEET_WAIT:-none}"')
    lines: list[str] = []
    change(PROJECT, "lab", lines.append, wait=90)
    change(PROJECT, "lab", lines.append, verb="destroy")
    assert lines == ["up 90", "destroy none"]
