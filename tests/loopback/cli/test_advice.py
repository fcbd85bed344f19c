"""What a message of the host tells an operator to type or to set is there."""

from __future__ import annotations

import ast
import re

import typer.main

from ocrfleet.agent.diagnosis import SIGNATURES
from ocrfleet.cli.app import app
from ocrfleet.spec import HostSpec
from tests.unit.spec.files import ROOT

AGENT = ROOT / "infra" / "ocrfleet" / "agent"
PARTS = ("engine", "cutover", "proxy", "gate", "network", "retention", "build")
TEXTS = [path.read_text("utf-8") for path in sorted(AGENT.glob("*.py"))]


def named(pattern: str) -> set[tuple[str, ...]]:
    """What texts in the agent name; `cutover.lock` is a file."""
    nodes = [node for text in TEXTS for node in ast.walk(ast.parse(text))]
    said = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {found.groups() for text in said for found in re.finditer(pattern, text)}


def keys(part: str) -> set[str]:
    return set(HostSpec.model_fields[part].annotation.model_fields)  # type: ignore[union-attr]


def test_every_command_that_a_message_names_is_a_command() -> None:
    there = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    asked = {word for (word,) in named(r"\bocrfleet ([a-z]+)\b(?= HOST|[ ;,.`\"]|$)")}
    assert {"status", "logs", "rollback"} <= asked
    assert asked - there == set()


def test_every_key_of_a_host_file_that_a_message_names_is_a_key() -> None:
    asked = named(rf"\b({'|'.join(PARTS)})\.([a-z_]+)")
    assert ("engine", "pids") in asked
    assert [(part, key) for part, key in asked if key not in {*keys(part), "lock"}] == []


def test_no_advice_speaks_of_a_key_without_naming_it() -> None:
    """Who reads `in the host file` has to know where there."""
    assert [
        one.remedy for one in SIGNATURES if "in the host file" in one.remedy and not re.search(r"\w\.\w", one.remedy)
    ] == []
