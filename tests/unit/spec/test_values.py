"""No value can break out of where it is put: into a shell's word, a Dockerfile, a Caddyfile, a line."""

import json
import shlex
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ocrfleet.commands.containers import create_engine
from ocrfleet.spec.expect import Plain, Word
from tests.unit.spec.files import FILE, changed, parse, problems, with_values

POISON = "hunter2"
SHARP = {
    "a line break": "\n",
    "a carriage return": "\r",
    "a quote": '"',
    "an apostrophe": "'",
    "a backtick": "`",
    "a substitution": "$(reboot)",
    "a variable": "$HOME",
    "a backslash": "\\",
    "a null character": "\0",
    "an escape": "\x1b",
    "a next line": "\x85",
    "a line separator": "\u2028",
    "a paragraph separator": "\u2029",
    "half a character": "\ud800",
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4e0zDJgLZ2HCPzyzZ1jAeb5ylqHB1tqCHcQk5ZdWyK"
FREE_TEXT: dict[str, Any] = {
    "arch": "any",
    "build.base": "debian:bookworm",
    "build.secrets.extra.path": "bundle.pem",
    "build.secrets.other.from_env": "PIP_INDEX_URL",
    "build.template": "lab",
    "engine.env.NOTE": "a note",
    "engine.flags.note": "a note",
    "engine.in_flight_metrics": ["ocr_requests"],
    "engine.model": "tesseract",
    "gate.health_path": "/health",
    "gate.page": "invoice",
    "gate.prompt": "Free OCR.",
    "name": "lab",
    "network.engines": "172.30.240.0/24",
    "proxy.api_keys": ["api-key"],
    "ssh.address": "127.0.0.1",
    "ssh.identity_file": "~/.ssh/id_ed25519",
    "ssh.jump": {"address": "127.0.0.1", "user": "ocr"},
    "ssh.known_hosts_file": "known_hosts",
    "ssh.user": "ocr",
    "waivers.unpinned-base": "a reason that is long enough",
}
plain, word = TypeAdapter(Plain), TypeAdapter(Word)
plain_text = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="'\"`$\\"), max_size=60
)
word_text = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,60}", fullmatch=True)


def test_usual_values_are_accepted() -> None:
    assert parse(with_values(FREE_TEXT)).engine.env["NOTE"] == "a note"


@pytest.mark.parametrize("sharp", SHARP.values(), ids=SHARP.keys())
def test_a_sharp_character_is_refused_in_every_free_text_and_not_repeated(sharp: str) -> None:
    found = problems(with_values({path: with_inside(value, sharp + POISON) for path, value in FREE_TEXT.items()}))
    assert {path for path in FREE_TEXT if any(f": {path}" in line and ": expected" in line for line in found)} == set(
        FREE_TEXT
    )
    assert POISON not in "".join(found)


@pytest.mark.parametrize("path", ["-rf", "@file", "~root/x", "~"])
def test_a_path_that_a_program_would_take_for_something_else_is_refused(path: str) -> None:
    (found,) = problems(changed("ssh.identity_file", path))
    assert "ssh.identity_file: expected a file path" in found


@pytest.mark.parametrize(
    "name", ["HF_TOKEN", "API_KEY", "DB_PASSWORD", "PRIVATE_KEY", "CLIENT_SECRET", "KEY", "TOKENS", "API_KEYS", "AUTH"]
)
def test_an_environment_variable_named_like_a_secret_is_refused_at_its_line(name: str) -> None:
    (found,) = problems(changed(f"engine.env.{name}", POISON))
    assert found.startswith(f"{FILE}:")
    assert f"engine.env.{name}: expected an environment variable's name that is not a secret's" in found


@pytest.mark.parametrize("name", ["TOKENIZERS_PARALLELISM", "MAX_TOKENS", "OMP_THREAD_LIMIT", "KEYBOARD"])
def test_a_name_that_only_looks_a_little_like_a_secret_is_accepted(name: str) -> None:
    assert parse(changed(f"engine.env.{name}", "1")).engine.env[name] == "1"


@pytest.mark.parametrize("name", ["api-key", "hf-token", "password"])
def test_a_secret_as_a_flag_is_refused_because_everybody_sees_flags(name: str) -> None:
    (found,) = problems(changed(f"engine.flags.{name}", POISON))
    assert f"engine.flags.{name}: expected" in found
    assert POISON not in found


@pytest.mark.parametrize("name", ["max-num-batched-tokens", "tokenizer", "ssl-keyfile"])
def test_a_flag_that_only_looks_a_little_like_a_secret_is_accepted(name: str) -> None:
    assert f"--{name}=1" in create_engine(parse(changed(f"engine.flags.{name}", 1)))


@pytest.mark.parametrize(
    ("line", "good"),
    [
        (KEY, True),
        (f"{KEY} root@spark two words", True),
        (f"192.0.2.1,spark {KEY}", True),
        (f"@cert-authority * {KEY}", False),
        (f"@revoked * {KEY}", False),
        (KEY[:-1], False),
        (KEY.replace("ssh-ed25519", "ssh-rsa"), False),
        (KEY.replace("ssh-ed25519", "ssh-dss"), False),
        ("SHA256:abc", False),
        ("", False),
    ],
)
def test_a_pinned_key_is_a_whole_key_of_the_type_it_says(line: str, good: bool) -> None:
    text = changed("ssh", {"address": "192.0.2.1", "user": "ocr", "known_hosts": [line]})
    if good:
        assert parse(text).ssh.known_hosts == (line,)
    else:
        assert "ssh.known_hosts[0]: expected a known_hosts line" in problems(text)[0]


@pytest.mark.parametrize("seconds", [0, -1, 1e9])
def test_a_connection_gets_some_time_and_not_for_ever(seconds: float) -> None:
    (found,) = problems(changed("ssh.connect_seconds", seconds))
    assert found.endswith("ssh.connect_seconds: expected a number of seconds from 0.1 to 86400")


@pytest.mark.parametrize("keys", [{"known_hosts": [KEY]}, {"jump": {"address": "192.0.2.1", "user": "a b"}}])
def test_rules_across_keys_are_told_at_the_key_around_them(keys: dict[str, Any]) -> None:
    ssh = {"address": "192.0.2.1", "user": "ocr", "known_hosts_file": "known_hosts", **keys}
    (found,) = problems(changed("ssh", ssh))
    assert "known_hosts or known_hosts_file, not both" in found or "ssh.jump.user: expected a login name" in found


@pytest.mark.parametrize("subnet", ["8.8.8.0/24", "172.30.240.1/24", "172.30.250.0/30", "10.0.0.0/8", "fe80::/64", "x"])
def test_a_network_that_is_not_a_private_one_of_ours_is_refused(subnet: str) -> None:
    (found,) = problems(changed("network.front", subnet))
    assert "network.front: expected a private IPv4 network" in found


def test_networks_that_overlap_are_refused() -> None:
    (found,) = problems(changed("network", {"front": "172.30.240.0/28"}))
    assert found.endswith("network: expected two networks that do not overlap")


@given(st.text(max_size=30))
def test_what_is_accepted_has_no_sharp_character(text: str) -> None:
    try:
        plain.validate_python(text)
    except ValidationError:
        return
    assert not set(text) & set("".join(SHARP.values()).replace("reboot", "").replace("HOME", "").replace("()", ""))


@settings(max_examples=40)
@given(st.lists(st.tuples(plain_text, plain_text), min_size=1, max_size=5))
def test_every_accepted_value_is_exactly_one_argument_of_a_real_shell(values: list[tuple[str, str]]) -> None:
    flags = {f"f{number}": flag for number, (flag, _) in enumerate(values)}
    env = {f"E{number}": value for number, (_, value) in enumerate(values)}
    argv = create_engine(parse(changed("engine", {**ENGINE, "flags": flags, "env": env})))
    assert {f"--{name}={value}" for name, value in flags.items()} < set(argv)
    assert {f"--env={name}={value}" for name, value in env.items()} < set(argv)
    assert arguments_of_sh(argv) == list(argv)


@given(plain_text, word_text)
def test_every_accepted_value_is_one_word_of_a_dockerfile(text: str, model: str) -> None:
    assert plain.validate_python(text) == text
    assert word.validate_python(model) == model
    assert json.loads(f'["--note={text}", "--model={model}"]') == [f"--note={text}", f"--model={model}"]


ENGINE = {"model": "tesseract", "memory_gib": 0.5, "in_flight_metrics": ["ocr_requests_in_flight"]}


def with_inside(value: Any, text: str) -> Any:
    """A usual value with something inside it."""
    if isinstance(value, list):
        return [with_inside(value[0], text)]
    if isinstance(value, dict):
        return {name: with_inside(inner, text) for name, inner in value.items()}
    return f"{value[:-1]}{text}{value[-1]}"


def arguments_of_sh(argv: tuple[str, ...]) -> list[str]:
    """What a program gets as arguments when the command line goes through a real shell, as it does over SSH."""
    script = f"printf '%s\\0' {shlex.join(argv)}"
    done = subprocess.run(["sh", "-c", script], check=True, capture_output=True)
    return done.stdout.decode().split("\0")[:-1]
