"""Nobody can write a password down: there are none."""

import pytest

from ocrfleet.spec import schema_text
from tests.unit.spec.files import FILE, LAB, changed, problems

POISON = "hunter2"
NONE = "expected no password: hosts are reached with keys only"
PLACES = ["password", "ssh.password", "ssh.jump.password", "engine.flags.password", "build.secrets.password"]


@pytest.mark.parametrize("place", PLACES)
def test_a_password_is_refused_wherever_it_stands(place: str) -> None:
    found = [line for line in problems(changed(place, POISON)) if f": {place}:" in line]
    assert [line.partition(": ")[2] for line in found] == [f"{place}: {NONE}"]
    assert POISON not in found[0]


@pytest.mark.parametrize("key", ["password", "passwd", "passphrase", "Password", "ssh_password", "sudo_passwd"])
def test_a_password_by_any_name_is_refused_at_its_line(key: str) -> None:
    text = LAB.replace("  user: ocr\n", f"  user: ocr\n  {key}: {POISON}\n")
    assert problems(text) == [f"{FILE}:10: ssh.{key}: {NONE}"]


def test_the_schema_has_no_key_for_a_password() -> None:
    assert '"pass' not in schema_text()
