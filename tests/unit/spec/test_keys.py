"""Every key: missing, misspelt or of a wrong type, it is refused with file, line and what was expected."""

import json

import pytest

from ocrfleet.spec import schema_text
from tests.unit.spec.files import FILE, FREE, LAB, keys, misspelt, parse, problems, value_of, with_value, without

POISON = "hunter2"
KEYS = keys()
REQUIRED = {
    "name",
    "arch",
    "ssh",
    "ssh.address",
    "ssh.user",
    "build",
    "build.template",
    "build.base",
    "engine",
    "engine.model",
    "engine.memory_gib",
    "engine.in_flight_metrics",
}
ANY_SCALAR = {"engine.flags.psm"}
ONE_OF = {"build.secrets.ca_bundle.path_from_env", "build.secrets.pip_index.from_env"}


def wrong(key: str) -> list[str]:
    """Values that a key cannot have, as YAML."""
    text, entries, mapping = POISON, f"[[{POISON}]]", f"{{x: {POISON}}}"
    value = value_of(key)
    if isinstance(value, dict):
        return [text, entries]
    if isinstance(value, list):
        return [text, mapping]
    return [entries, mapping] if isinstance(value, str) or key in ANY_SCALAR else [text, entries, mapping]


def test_the_lab_uses_every_kind_of_key() -> None:
    assert parse(LAB).name == "lab"
    assert len(KEYS) > 30
    assert KEYS.keys() > REQUIRED


@pytest.mark.parametrize("key", sorted(REQUIRED))
def test_a_required_key_that_is_missing_is_named(key: str) -> None:
    near = KEYS.get(key.rpartition(".")[0], 1)
    assert problems(without(key)) == [f"{FILE}:{near}: {key}: expected, but it is missing"]


@pytest.mark.parametrize("key", sorted(KEYS.keys() - REQUIRED - ONE_OF))
def test_any_other_key_can_be_left_out(key: str) -> None:
    around = key.rpartition(".")[0]
    text = without(key) if len(value_of(around) if around else KEYS) > 1 else with_value(around, "{}")
    assert parse(text).name == "lab"


@pytest.mark.parametrize("key", sorted(ONE_OF))
def test_a_build_secret_without_a_source_is_refused(key: str) -> None:
    around = key.rpartition(".")[0]
    found = problems(without(key))
    assert found == [f"{FILE}:{KEYS[around]}: {around}: expected exactly one of path, path_from_env, from_env"]


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_misspelt_key_is_refused_where_it_stands(key: str) -> None:
    around, _, last = key.rpartition(".")
    found = [line for line in problems(misspelt(key)) if line.startswith(f"{FILE}:{KEYS[key]}: {key}")]
    assert len(found) == 1
    assert ": expected " in found[0]
    assert around in {*FREE, "waivers"} or f"expected no such key; did you mean {last}?" in found[0]


@pytest.mark.parametrize(("key", "value"), [(key, value) for key in sorted(KEYS) for value in wrong(key)])
def test_a_value_of_another_kind_is_refused_and_never_repeated(key: str, value: str) -> None:
    found = problems(with_value(key, value))
    assert any(line.startswith(f"{FILE}:{KEYS[key]}: {key}") for line in found)
    assert all(line.startswith(f"{FILE}:") and ": expected" in line for line in found)
    assert POISON not in "".join(found)


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = LAB.replace("arch: any", "arch: sparc").replace("port: 22022", "port: 0").replace("psm: 6", "PSM: 6")
    assert [line.split(": ")[1] for line in problems(text)] == ["arch", "ssh.port", "engine.flags.PSM"]


def test_what_does_not_fit_together_is_told_beside_everything_else() -> None:
    text = LAB.replace("arch: any", "arch: sparc").replace("name: lab", "name: attic").replace("port: 22022", "port: 0")
    text = text.replace("  known_hosts_file", "  known_hosts: [x]\n  known_hosts_file")
    text = text.replace("{path_from_env: SSL_CERT_FILE}", "{path_from_env: SSL_CERT_FILE, path: 5}")
    found = problems(f"{text}network: {{front: 172.30.240.0/28, frint: x}}\n")
    assert [line.split(": ", 2)[1:] for line in found if "expected no" not in line] == [
        ["name", "expected lab, as the file is called"],
        ["arch", "expected 'amd64', 'arm64' or 'any'"],
        ["ssh", "expected known_hosts or known_hosts_file, not both"],
        ["ssh.port", "expected a port number from 1 to 65535"],
        [
            "ssh.known_hosts[0]",
            "expected a known_hosts line, like `ssh-ed25519 AAAA…` (certificate authorities are not supported)",
        ],
        ["build.secrets.ca_bundle", "expected exactly one of path, path_from_env, from_env"],
        ["build.secrets.ca_bundle.path", "expected a file path, relative to the project or starting with / or ~/"],
        ["network", "expected two networks that do not overlap"],
    ]


@pytest.mark.parametrize("value", ["5", "[1]", "null", "text", "{x: {y: 1}}"])
@pytest.mark.parametrize("key", ["ssh", "build", "build.secrets", "build.secrets.ca_bundle"])
def test_what_cannot_be_compared_is_told_as_what_it_is(key: str, value: str) -> None:
    assert any(f": {key}" in line for line in problems(with_value(key, value)))


@pytest.mark.parametrize(
    "value", ["5", "[1]", "null", "text", "{front: 5}", "{front: [1], engines: {}}", "{front: -1}"]
)
def test_a_network_that_is_none_is_told_as_what_it_is(value: str) -> None:
    assert any(": network" in line for line in problems(f"{LAB}network: {value}\n"))


def test_a_key_with_nothing_like_it_gets_the_list_of_keys() -> None:
    found = problems(f"{LAB}retention: {{zzz: 1}}\n")
    assert found == [f"{FILE}:{LAB.count(chr(10)) + 1}: retention.zzz: expected no such key; known keys: keep"]


def test_the_schema_requires_what_the_reader_requires() -> None:
    assert set(json.loads(schema_text())["required"]) == {key for key in REQUIRED if "." not in key}
