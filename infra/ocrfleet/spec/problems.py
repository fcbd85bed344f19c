"""Turns pydantic's findings into sentences about a file. Values are never repeated: one might be a secret."""

import re
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ocrfleet.errors import Problem
from ocrfleet.spec.host import HostSpec
from ocrfleet.spec.marks import Marks, Path

PASSWORD = re.compile(r"^(login_?|ssh_?|sudo_?)?pass(word|wd|phrase)$", re.IGNORECASE)
KINDS = {
    "missing": "expected, but it is missing",
    "model_type": "expected keys and values",
    "dict_type": "expected keys and values",
    "tuple_type": "expected a list",
    "invalid_key": "expected text as a key",
    "too_long": "expected at most {max_length} entries",
    "too_short": "expected at least {min_length}",
    "literal_error": "expected {expected}",
    "expected": "expected {what}",
}


def explain(error: ValidationError, marks: Marks, data: dict[Any, Any]) -> list[Problem]:
    """Say where each problem is and what was expected there."""
    return [marks.problem(_path(detail, data), _expected(detail)) for detail in error.errors(include_url=False)]


def passwords(marks: Marks) -> list[Problem]:
    """Refuse a password wherever it stands: who writes one has not heard yet that there are none."""
    found = [path for path in marks.lines if PASSWORD.match(str(path[-1]))]
    return [marks.problem(path, "expected no password: hosts are reached with keys only") for path in found]


def _expected(detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(detail["loc"])
    return KINDS.get(kind, "expected another value").format(**detail.get("ctx", {}))


def _unknown_key(path: Path) -> str:
    known = _keys(path[:-1])
    near = get_close_matches(str(path[-1]), known, n=1)
    guess = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
    return f"expected no such key; {guess}"


def _keys(path: Path) -> list[str]:
    """List the keys a host file may have under a path."""
    here: Any = HostSpec
    for part in path:
        model = _model(here)
        # In a mapping whose keys the file chooses, every key leads to the same kind of value.
        here = model.model_fields[str(part)].annotation if model else get_args(here)[-1]
    model = _model(here)
    return list(model.model_fields) if model else []


def _model(annotation: Any) -> type[BaseModel] | None:
    """Find the model in an annotation such as `Door | None`; a mapping of models is none."""
    options = () if get_origin(annotation) is dict else (annotation, *get_args(annotation))
    return next((one for one in options if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _path(detail: ErrorDetails, data: dict[Any, Any]) -> Path:
    """Where in the file a problem is: keys as text, entries of lists by number."""
    path: list[str | int] = []
    here: Any = data
    for part in detail["loc"]:
        # pydantic marks the key of a mapping, as opposed to its value, with one part that the file does not have.
        if part == "[key]" and not (isinstance(here, dict) and part in here):
            break
        path.append(part if isinstance(here, list) else str(part))
        here = here.get(part) if isinstance(here, dict) else None
    return tuple(path)
