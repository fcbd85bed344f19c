"""Renders Jinja templates strictly: an undefined name, or a hole that is not text or a number, is an error."""

import traceback
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)

from ocrfleet.errors import BadTemplate, Problem
from ocrfleet.project import Project
from ocrfleet.spec import HostSpec

# What a template can raise while it is rendered.
FAILURES = (TemplateError, ValueError, TypeError, AttributeError, ArithmeticError, LookupError, RecursionError)


class Templates:
    """The project's templates; they see one name: `host`."""

    def __init__(self, project: Project) -> None:
        self._root = project.templates
        self._jinja = Environment(
            loader=FileSystemLoader(self._root),
            undefined=StrictUndefined,
            finalize=_only_text_and_numbers,
            autoescape=False,  # noqa: S701  Dockerfiles and Caddyfiles, not HTML; the spec admits plain text only
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._jinja.filters.update(whole=_whole, megabytes=_megabytes)

    def render(self, name: str, host: HostSpec) -> str:
        """Return the text of the template `name`, or raise BadTemplate with its line."""
        try:
            return self._jinja.get_template(name).render(host=host)
        except TemplateSyntaxError as error:
            raise BadTemplate([self._problem(error.name or name, error.lineno, str(error.message))]) from None
        except FAILURES as error:
            file, line = _place(error, self._root) or (name, 1)
            raise BadTemplate([self._problem(file, line, _why(error))]) from None

    @staticmethod
    def _problem(name: str, line: int, message: str) -> Problem:
        return Problem(f"templates/{name}", line, "(template)", message)


def _why(error: BaseException) -> str:
    if isinstance(error, TemplateNotFound):
        return f"expected the template {error.name}, but it is missing"
    if isinstance(error, UnicodeDecodeError):
        return "expected UTF-8 text"
    return str(error) or type(error).__name__


def _place(error: BaseException, root: Path) -> tuple[str, int] | None:
    """Find the template line an error came from; Jinja writes it into the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(root)]
    return (str(Path(frames[-1].filename).relative_to(root)), frames[-1].lineno or 1) if frames else None


def _only_text_and_numbers(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float | StrictUndefined):
        raise TypeError(f"expected text or a number in a hole, got {type(value).__name__}")
    return value


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError(f"expected a whole number, got {value}")
    return int(value)


def _megabytes(value: int) -> int:
    return value * 1_000_000
