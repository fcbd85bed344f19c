"""The JSON schema of a host file, for editors that complete and check while typing."""

import json
from typing import Any

from ocrfleet.spec.host import HostSpec


def schema_text() -> str:
    """Return hosts/host.schema.json as it should be on disk; a test keeps the file fresh."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_plain(HostSpec.model_json_schema())}
    return json.dumps({**schema, "title": "An ocrfleet host"}, indent=2, sort_keys=True) + "\n"


def _plain(node: Any) -> Any:
    """Drop titles, which only repeat the keys, and close mappings whose keys have a pattern."""
    if isinstance(node, list):
        return [_plain(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _plain(inner) for name, inner in node.items() if name != "title" or not isinstance(inner, str)}
    return {**kept, "additionalProperties": False} if "patternProperties" in kept else kept
