"""The JSON schema of a host file, for editors that complete and check while typing."""

import json

from ocrfleet.spec.host import HostSpec


def schema_text() -> str:
    """Return hosts/host.schema.json as it should be on disk; a test keeps the file fresh."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **HostSpec.model_json_schema()}
    schema["title"] = "An ocrfleet host"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
