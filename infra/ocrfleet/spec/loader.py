"""Reads a host file. The only module that knows YAML."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from ocrfleet.errors import BadHostFile, Problem, UnknownHost
from ocrfleet.project import Project
from ocrfleet.spec.host import HostSpec
from ocrfleet.spec.marks import Marks
from ocrfleet.spec.problems import explain


def load_host(project: Project, name: str) -> HostSpec:
    """Return the host, or raise BadHostFile with every problem of its file, or UnknownHost. Sends nothing."""
    path = project.hosts / f"{name}.yaml"
    if not path.is_file():
        raise UnknownHost(name, known=host_names(project))
    return parse_host(path.read_text(encoding="utf-8"), file=f"hosts/{path.name}", name=name)


def host_names(project: Project) -> list[str]:
    """Name every host of the project."""
    return sorted(path.stem for path in Path(project.hosts).glob("*.yaml"))


def parse_host(text: str, *, file: str, name: str) -> HostSpec:
    """Turn the text of a host file into a value; `file` and `name` are for the messages."""
    data, marks = _read(text, file)
    problems = list(marks.problems)
    try:
        host = HostSpec.model_validate(data)
    except ValidationError as error:
        problems += explain(error, marks, data)
    else:
        if host.name != name:
            problems.append(marks.problem(("name",), f"expected {name}, as the file is called"))
    if problems:
        raise BadHostFile(file, sorted(problems, key=lambda problem: problem.line))
    return host


def _read(text: str, file: str) -> tuple[dict[str, Any], Marks]:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        data = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadHostFile(file, [Problem(file, line, "(syntax)", str(error.problem))]) from None
    except yaml.YAMLError as error:
        raise BadHostFile(file, [Problem(file, 1, "(syntax)", str(error))]) from None
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise BadHostFile(file, [Problem(file, 1, "(file)", "expected keys and values, like `name: calypso`")])
    return data, Marks.of(node, file)
