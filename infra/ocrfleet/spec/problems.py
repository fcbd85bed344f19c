"""Turns pydantic's findings into sentences about a file. Values are never repeated: one might be a secret."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ocrfleet.errors import Problem
from ocrfleet.spec.host import HostSpec
from ocrfleet.spec.marks import Marks, Path

KINDS = {
    "model_type": "expected keys and values",
    "dict_type": "expected keys and values",
    "tuple_type": "expected a list",
    "string_type": "expected text",
    "too_long": "expected fewer entries",
}


def explain(error: ValidationError, marks: Marks, data: dict[str, Any]) -> list[Problem]:
    """Say where each problem is and what was expected there."""
    return [marks.problem(_path(detail, data), _expected(detail)) for detail in error.errors(include_url=False)]


def _expected(detail: ErrorDetails) -> str:
    kind, message = detail["type"], detail["msg"]
    if kind == "missing":
        return "expected, but it is missing"
    if kind == "extra_forbidden":
        return _unknown_key(detail["loc"])
    if kind == "literal_error":
        return f"expected {detail['ctx']['expected']}"
    return KINDS.get(kind, message.removeprefix("Value error, "))


def _unknown_key(path: Path) -> str:
    known = _keys(path[:-1])
    near = get_close_matches(str(path[-1]), known, n=1)
    guess = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
    return f"expected no such key; {guess}"


def _keys(path: Path) -> list[str]:
    """List the keys a host file may have under a path."""
    model: Any = HostSpec
    for part in path:
        if not (isinstance(model, type) and issubclass(model, BaseModel) and part in model.model_fields):
            return []
        model = _model_in(model.model_fields[str(part)].annotation)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _model_in(annotation: Any) -> Any:
    """Find the model in an annotation such as `Door | None`."""
    options = [annotation, *getattr(annotation, "__args__", ())]
    return next((option for option in options if isinstance(option, type) and issubclass(option, BaseModel)), None)


def _path(detail: ErrorDetails, data: dict[str, Any]) -> Path:
    """Drop what pydantic adds to a location (such as `[key]`) and the file does not have."""
    kept: list[str | int] = []
    here: Any = data
    for part in detail["loc"]:
        if part == "[key]":
            continue
        kept.append(part)
        here = here.get(part) if isinstance(here, dict) else None
    return tuple(kept)
