"""hosts/host.schema.json is fresh, accepts what we accept, and helps whoever writes a host file in an editor."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ocrfleet.spec import schema_text
from ocrfleet.spec.loader import read_keys
from tests.unit.spec.against import against
from tests.unit.spec.files import FILE, LAB, ROOT, changed

SCHEMA: dict[str, Any] = json.loads(schema_text())
# What editors know in their regular expressions, which they read more strictly than Python does.
KNOWN_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|[\\^$.*+?()\[\]{}|/sSdDwW])")


def test_the_file_is_what_the_reader_says() -> None:
    file = ROOT / "hosts" / "host.schema.json"
    assert file.read_text(encoding="utf-8") == schema_text(), "make it again: uv run python scripts/make_schema.py"


def test_the_lab_names_the_schema_and_follows_it() -> None:
    assert LAB.startswith("# yaml-language-server: $schema=host.schema.json\n")
    assert list(against(SCHEMA, SCHEMA, read_keys(LAB, FILE)[0])) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ssh.prot", 22),
        ("ssh.port", 0),
        ("ssh.port", "22"),
        ("arch", "sparc"),
        ("engine.flags.PSM", 6),
        ("engine.env.note", "x"),
        ("engine.model", "two words"),
        ("build.secrets.ca_bundle", "x"),
        ("waivers.unpined", "a long enough reason"),
        ("proxy.api_keys", ["a", "b", "c"]),
        ("gate.prompt", "a\nb"),
    ],
)
def test_an_editor_marks_what_the_reader_refuses(path: str, value: object) -> None:
    assert list(against(SCHEMA, SCHEMA, json.loads(changed(path, value))))


def test_every_key_is_described() -> None:
    bare = [key for key, schema in every_key(SCHEMA) if not ({"description", "$ref"} & schema.keys())]
    assert bare == []


def test_no_mapping_takes_keys_that_nobody_knows() -> None:
    mappings = [schema for schema in every_schema(SCHEMA) if schema.get("type") == "object"]
    assert len(mappings) > 10
    assert all("additionalProperties" in schema for schema in mappings)


def test_patterns_mean_the_same_to_an_editor() -> None:
    patterns = [schema["pattern"] for schema in every_schema(SCHEMA) if "pattern" in schema]
    patterns += [name for schema in every_schema(SCHEMA) for name in schema.get("patternProperties", {})]
    assert len(patterns) > 20
    assert [pattern for pattern in patterns if "\\" in KNOWN_ESCAPE.sub("", pattern)] == []


def every_schema(node: Any) -> Iterator[dict[str, Any]]:
    """Every object inside the schema."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from every_schema(inner)


def every_key(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key a host file may have, with its schema."""
    for schema in every_schema(node):
        if isinstance(schema.get("properties"), dict) and "type" in schema:
            yield from schema["properties"].items()
