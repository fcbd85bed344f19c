"""Every row of the failure catalogue ends in a message with four parts and an exit code, and it is written down."""

import re

import pytest

from tests.golden.messages import FOLDER, messages

# The catalogue's rows that are about a host; the others are about what is in front of it, or about several hosts.
ROWS = {*range(1, 25), 31, *range(33, 41)}
QUIET = {
    24: "the host is right and the state is not: the next run finds that by itself and says nothing of it",
    31: "a wrong clock changes nothing here, as deadlines use another one; `doctor` and `verify` tell of it",
}
CODES = {10, 20, 30, 40, 50}
FORM = re.compile(
    r"F\d+ .+\n\nfailed:  (.+\n)( {9}.*\n)*serving: .+\nchanged: .+\nnext:    .+\n\(ocrfleet exit code (\d+)\)\n"
)


@pytest.fixture(scope="module")
def played() -> dict[str, str]:
    """Every message, as it is now."""
    return messages()


def test_every_message_is_what_is_written_down(played: dict[str, str]) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    differing = sorted(name for name in played | written if played.get(name) != written.get(name))
    assert differing == [], "if that is wanted: uv run python -m scripts.make_golden"


def test_every_row_has_a_message_or_a_reason_why_not(played: dict[str, str]) -> None:
    assert {int(name[1:3]) for name in played} | QUIET.keys() == ROWS
    assert not {int(name[1:3]) for name in played} & QUIET.keys()


def test_every_message_has_four_parts_and_a_code(played: dict[str, str]) -> None:
    matches = {name: FORM.fullmatch(text) for name, text in played.items()}
    assert [name for name, match in matches.items() if match is None] == []
    assert {int(match[3]) for match in matches.values() if match} == CODES


def test_what_was_refused_changed_nothing_and_what_was_restored_serves(played: dict[str, str]) -> None:
    for name, text in played.items():
        if "exit code 10)" in text:
            assert "\nchanged: nothing\n" in text, name
        if "exit code 20)" in text:
            assert "\nserving: release 1 since " in text, name


def test_no_message_names_a_place_of_the_machine_it_was_made_on(played: dict[str, str]) -> None:
    assert [name for name, text in played.items() if "/dev/shm" in text or "HOST" in text] == []
