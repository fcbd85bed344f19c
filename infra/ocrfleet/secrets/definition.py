"""What ESC keeps of an environment: YAML, in which ours is `values.ocrfleet`. The rest stays as it is."""

from collections.abc import Mapping
from typing import Any

import yaml

from ocrfleet.secrets.store import Secret

OURS = "ocrfleet"
SECRET = "fn::secret"  # noqa: S105  the name of a function


def with_secrets(text: str, changes: Mapping[str, Secret]) -> str:
    """Return the definition with new values."""
    data = _mapping(yaml.safe_load(text))
    values = _mapping(data.get("values"))
    ours = _mapping(values.get(OURS))
    new = {name: {SECRET: secret.reveal()} for name, secret in changes.items()}
    return yaml.safe_dump({**data, "values": {**values, OURS: {**ours, **new}}}, sort_keys=False)


def computed(text: str) -> dict[str, str]:
    """Name ours that ESC computes, like `fn::rotate::password`, and by what: a value must not overwrite them."""
    ours = _mapping(_mapping(_mapping(yaml.safe_load(text)).get("values")).get(OURS))
    named = {name: _function(value) for name, value in ours.items()}
    return {str(name): function for name, function in named.items() if function and function != SECRET}


def opened(values: Any) -> dict[str, Secret]:
    """Return our secrets of an opened environment; what is no text, like a folder of values, is none."""
    ours = _mapping(_mapping(values).get(OURS))
    return {str(name): Secret(value) for name, value in ours.items() if isinstance(value, str)}


def _function(value: Any) -> str | None:
    if isinstance(value, str):
        return "${…}" if "${" in value else None
    found = (key for key in _mapping(value) if str(key).startswith("fn::"))
    return next((str(key) for key in found), None)


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
