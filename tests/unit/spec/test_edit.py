"""Pinning a key changes nothing else in a host file."""

import pytest

from ocrfleet.spec import parse_host
from ocrfleet.spec.edit import pin_host_key, set_value, without_waiver
from tests.unit.spec.files import LAB

OLD = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4e0zDJgLZ2HCPzyzZ1jAeb5ylqHB1tqCHcQk5ZdWyK"
NEW = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBVFgMNbQFD1VcbFGlMTzQNAnpCxd3CwvQBMJZK6kC7s"
AROUND = LAB.replace("  known_hosts_file: .lab/host/known_hosts\n", "@\n")
TWO_KEYS = """\
  # the host's keys
  known_hosts:  # two
    # first
    - {0}  # seen in March
    # second
@
  # below
  connect_seconds: 5
"""
FILES = {
    "no list yet": ("", None),
    "a list on one line": (f'  known_hosts: ["{OLD}"]  # March\n', f'  known_hosts: ["{NEW}"]  # March\n'),
    "an empty list": ("  known_hosts: []\n", f'  known_hosts: ["{NEW}"]\n'),
    "two keys on one line": (f'  known_hosts: ["{OLD}", "{OLD}"]\n', f'  known_hosts: ["{NEW}"]\n'),
    "a list on lines": (f"  known_hosts:\n    - {OLD}\n", f'  known_hosts:\n    - "{NEW}"\n'),
    "a list that is not indented": (f"  known_hosts:\n  - {OLD}\n", f'  known_hosts:\n  - "{NEW}"\n'),
    "two keys on lines, with comments": (
        TWO_KEYS.format(OLD).replace("@", f"    - '{OLD}'\n"),
        TWO_KEYS.format(f'"{NEW}"').replace("@", ""),
    ),
}


@pytest.mark.parametrize(("before", "after"), FILES.values(), ids=FILES.keys())
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_other_character_of_the_file_stays(before: str, after: str | None, line_end: str) -> None:
    text = AROUND.replace("@\n", before).replace("\n", line_end)
    expected = AROUND.replace("@\n", after or "")
    if after is None:
        expected = expected.replace("ssh:\n  ", f'ssh:\n  known_hosts: ["{NEW}"]\n  ')
    assert pin_host_key(text, NEW) == expected.replace("\n", line_end)


@pytest.mark.parametrize("before", [before for before, _ in FILES.values()], ids=FILES.keys())
def test_the_file_then_pins_that_key_and_no_other(before: str) -> None:
    text = pin_host_key(AROUND.replace("@\n", before), NEW)
    assert parse_host(text, file="hosts/lab.yaml", name="lab").ssh.known_hosts == (NEW,)


def test_a_comment_above_the_first_key_stays_above_it() -> None:
    text = AROUND.replace("@\n", "").replace("ssh:\n", "ssh:  # how\n\n  # where\n")
    assert pin_host_key(text, NEW).startswith(text.partition("  address")[0] + f'  known_hosts: ["{NEW}"]\n  address')


def test_a_part_on_one_line_stays_on_one_line() -> None:
    text = "ssh: {address: 192.0.2.1, user: ocr}  # short\nname: lab\n"
    assert pin_host_key(text, NEW) == (
        f'ssh: {{known_hosts: ["{NEW}"], address: 192.0.2.1, user: ocr}}  # short\nname: lab\n'
    )


WAIVERS = {
    "the only one": ("waivers:\n  any-gpu: tried it out  # why\n", ""),
    "the first": ("waivers:\n  any-gpu: a b\n  way-out: c d\n", "waivers:\n  way-out: c d\n"),
    "the last": ("waivers:\n  way-out: c d\n  any-gpu: a b\n", "waivers:\n  way-out: c d\n"),
    "the last of the file": ("waivers:\n  way-out: c d\n  any-gpu: a b", "waivers:\n  way-out: c d\n"),
    "on one line": ("waivers: {any-gpu: a b, way-out: c d}\n", "waivers: {way-out: c d}\n"),
    "the only one on one line": ("waivers: {any-gpu: a b}\n", ""),
    "before others": ("waivers:\n  any-gpu: a b\n\nproxy:\n  port: 1\n", "\nproxy:\n  port: 1\n"),
}


@pytest.mark.parametrize(("before", "after"), WAIVERS.values(), ids=WAIVERS.keys())
def test_a_waiver_goes_with_its_line_and_nothing_else(before: str, after: str) -> None:
    assert without_waiver(f"name: lab\n{before}", "any-gpu") == f"name: lab\n{after}"


def test_a_value_is_set_where_it_stands() -> None:
    text = "build:\n  base: a:1  # note\n  source: {base: b:2}\n"
    assert set_value(text, "build.base", "a:1@x") == text.replace("a:1", "a:1@x")
    assert set_value(text, "build.source.base", "b:2@x") == text.replace("b:2", "b:2@x")
