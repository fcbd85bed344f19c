"""The door itself: every command teaches, and what goes wrong has a code and goes to standard error."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ocrfleet.project import Project
from tests.loopback.cli.terminal import Ocrfleet
from tests.unit.spec.files import ROOT

MAKE_READY = ["init", "trust", "pin", "bootstrap", "doctor", "preflight"]
CHANGE = ["render", "plan", "deploy", "rollback", "unpin", "stop", "start", "prune", "rotate", "destroy"]
COMMANDS = [*MAKE_READY, *CHANGE, "attach", "abort", "status", "releases", "audit", "logs", "verify", "read"]
WITH_JSON = {"doctor", "preflight", "plan", "prune", "rotate", "status", "releases", "audit", "logs", "verify", "read"}
WITH_WAIT = {"deploy", "rollback", "unpin", "stop", "start", "prune", "rotate", "destroy"}
WORDS = {
    "init": ["--address=192.0.2.1", "--user=ocr"],
    "read": ["page.png"],
    "rotate": ["access"],
    "render": ["--out=x"],
}


def test_help_lists_every_command_with_its_sentence(ocrfleet: Ocrfleet) -> None:
    ran = ocrfleet("--help")
    listed = re.findall(r"^  ([a-z]+) +(\S.*)$", ran.out, re.MULTILINE)
    assert [name for name, _ in listed] == [*COMMANDS, "edge", "secrets"]
    assert ran.code == 0


def test_no_words_at_all_get_the_help(ocrfleet: Ocrfleet) -> None:
    ran = ocrfleet()
    assert ran.code == 2
    assert "Usage: ocrfleet" in ran.out + ran.err


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_says_what_it_does_and_what_each_word_means(ocrfleet: Ocrfleet, command: str) -> None:
    ran = ocrfleet(command, "--help")
    usage, _, rest = ran.out.partition("\n\n")
    assert (ran.code, ran.err) == (0, "")
    host = "[HOST]..." if command == "status" else "{HOST}"
    assert usage.strip().startswith(f"Usage: ocrfleet {command} [OPTIONS] {host}")
    assert len(rest.strip().splitlines()[0].split()) > 4
    assert [line for line in option_lines(ran.out) if len(line.split()) < 3] == []
    assert ("--json" in ran.out) is (command in WITH_JSON)
    assert f"  Example: ocrfleet {command} attic" in ran.out
    assert ("--wait" in ran.out) is (command in WITH_WAIT)


@pytest.mark.parametrize(
    ("command", "codes"),
    {
        "trust": "0 10",
        "doctor": "0 10 40",
        "preflight": "0 10 40",
        "deploy": "0 10 20 30 40 50",
        "rollback": "20",
        "verify": "0 10 20 40",
    }.items(),
)
def test_the_help_names_the_exit_codes_that_a_script_would_ask_for(
    ocrfleet: Ocrfleet, command: str, codes: str
) -> None:
    text = ocrfleet(command, "--help").out.partition("Example:")[0]
    assert set(re.findall(r"\b[0-5]?0\b", text)) == set(codes.split())


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "init"])
def test_a_host_that_nobody_knows_is_refused_on_the_other_stream(ocrfleet: Ocrfleet, command: str) -> None:
    ran = ocrfleet(command, "spork", *WORDS.get(command, []))
    assert (ran.code, ran.out) == (10, "")
    assert "there is no host file hosts/spork.yaml (hosts here: lab)" in ran.err
    assert "next:    name one of these hosts" in ran.err


@pytest.mark.parametrize(
    "words",
    [["releases"], ["nothing"], ["status", "lab", "--nothing"], ["rollback", "lab", "--to", "x"], ["init"]],
)
def test_words_that_make_no_sense_are_a_usage_error(ocrfleet: Ocrfleet, words: list[str]) -> None:
    ran = ocrfleet(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: ocrfleet" in ran.err


def test_the_installed_command_is_the_same_door() -> None:
    argv = [f"{Path(sys.executable).parent}/ocrfleet", "status", "spork"]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 10
    assert done.stderr.startswith("failed:  there is no host file hosts/spork.yaml")
    assert "Traceback" not in done.stderr


def test_a_host_that_never_speaks_is_told_in_four_lines_and_no_library_adds_to_them(project: Project) -> None:
    path = project.hosts / "lab.yaml"
    with socket.create_server(("127.0.0.1", 0)) as mute:
        slow = f"port: {mute.getsockname()[1]}\n  connect_seconds: 0.3"
        path.write_text(path.read_text("utf-8").replace("port: 22022", slow), encoding="utf-8")
        argv = [f"{Path(sys.executable).parent}/ocrfleet", "status", "lab"]
        done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=project.root)
    assert (done.returncode, done.stdout) == (40, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["failed", "serving", "changed", "next"]


def option_lines(text: str) -> list[str]:
    """The lines of a help text that explain one word each, joined where they are wrapped."""
    lines: list[str] = []
    for line in text.partition("Arguments:")[2].splitlines():
        if re.match(r"  \S", line) and "--help" not in line:
            lines.append(line)
        elif line.startswith("   ") and lines:
            lines[-1] += line
    return lines
