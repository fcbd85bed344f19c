"""Reads host files, and names every problem of one at once."""

import re
from pathlib import Path
from typing import Any, NoReturn

import yaml
from pydantic import ValidationError

from ocrfleet.errors import BadHostFile, Problem, UnknownHost
from ocrfleet.project import Project
from ocrfleet.spec.host import HostSpec
from ocrfleet.spec.marks import Marks
from ocrfleet.spec.plain import composed
from ocrfleet.spec.problems import explain, passwords
from ocrfleet.spec.together import together

QUOTED, QUOTED_CHARACTER = re.compile(r"'[^']*'|\"[^\"]*\""), len(r"'\t'")


def load_host(project: Project, name: str) -> HostSpec:
    """Return the host, or raise BadHostFile with every problem of its file, or UnknownHost. Sends nothing."""
    if name not in host_names(project):
        raise UnknownHost(name, known=host_names(project))
    path = project.hosts / f"{name}.yaml"
    file = f"hosts/{path.name}"
    return parse_host(_text(path, file), file=file, name=name)


def host_names(project: Project) -> list[str]:
    """Name every host of the project."""
    return sorted(path.stem for path in Path(project.hosts).glob("*.yaml") if path.is_file())


def parse_host(text: str, *, file: str, name: str) -> HostSpec:
    """Turn the text of a host file into a value; `file` and `name` are for the messages."""
    data, marks = read_keys(text, file)
    problems = [*marks.problems, *passwords(marks)]
    host = None
    try:
        host = HostSpec.model_validate(data)
    except ValidationError as error:
        problems += explain(error, marks, data)
    problems += together(data, marks, name)
    if problems or host is None:
        # What is said of a key first says most: a password is an unknown key, too.
        first = {problem.key: problem for problem in reversed(problems)}
        raise BadHostFile(file, sorted(first.values(), key=lambda problem: problem.line))
    return host


def read_keys(text: str, file: str) -> tuple[dict[Any, Any], Marks]:
    """Return what a file says and where each key stands; what is said of a wrong file never repeats a value."""
    try:
        node, data = composed(text)
    except yaml.reader.ReaderError as error:
        _refuse(file, text.count("\n", 0, error.position) + 1, "(syntax)", "expected no control characters")
    except yaml.MarkedYAMLError as error:
        _refuse(file, error.problem_mark.line + 1 if error.problem_mark else 1, "(syntax)", _problem(error))
    except RecursionError:
        _refuse(file, 1, "(syntax)", "expected less nesting")
    if not isinstance(data, dict):
        _refuse(file, 1, "(file)", "expected keys and values, like `name: calypso`")
    return data, Marks.of(node, file)


def _text(path: Path, file: str) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        _refuse(file, error.object.count(b"\n", 0, error.start) + 1, "(file)", "expected UTF-8 text")
    except OSError as error:
        _refuse(file, 1, "(file)", f"expected a file that can be read: {error.strerror}")


def _problem(error: yaml.MarkedYAMLError) -> str:
    """What YAML says, without what it quotes from the file: single characters may stay, and `<its own words>`."""
    said = f"{error.context}, {error.problem}" if str(error.problem).startswith("but ") else str(error.problem)
    return QUOTED.sub(lambda found: found[0] if len(found[0]) <= QUOTED_CHARACTER or "<" in found[0] else "…", said)


def _refuse(file: str, line: int, key: str, expected: str) -> NoReturn:
    raise BadHostFile(file, [Problem(file, line, key, expected)]) from None
