"""Refuses Dockerfiles that parse wrongly, leak secrets, or build something else tomorrow."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from ocrfleet.errors import Problem
from ocrfleet.spec.expect import SECRET_NAME

PINNED = re.compile(r"@sha256:[0-9a-f]{64}$")
EXEC_FORM = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL")


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continuation lines joined, its flags apart."""

    line: int
    name: str
    flags: tuple[str, ...]
    rest: str


Rule = Callable[[Instruction, set[str]], str | None]


def lint(text: str, *, file: str, waivers: Collection[str]) -> list[Problem]:
    """List what is wrong with a rendered Dockerfile; lines are those of the rendered text."""
    problems, stages = [], set[str]()
    for step in _instructions(text):
        for rule, check in RULES.items():
            found = None if rule in waivers else check(step, stages)
            if found:
                problems.append(Problem(file, step.line, f"{step.name} (line of the rendered text)", found))
        if step.name == "FROM" and " AS " in step.rest.upper():
            stages.add(step.rest.split()[-1])
    return problems


def _instructions(text: str) -> Iterator[Instruction]:
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            if re.match(r"#\s*syntax\s*=", line):
                yield Instruction(number, "# syntax", (), line)
            continue
        start = start if pending else number
        pending += line.removesuffix("\\") if line.endswith("\\") else line
        if not line.endswith("\\"):
            yield _parse(pending, start)
            pending = ""


def _parse(text: str, line: int) -> Instruction:
    name, *words = text.split()
    flags = []
    while words and words[0].startswith("--"):
        flags.append(words.pop(0))
    return Instruction(line, name.upper(), tuple(flags), " ".join(words))


def _comment(step: Instruction, _: set[str]) -> str | None:
    outside_quotes = re.sub(r'"(\\.|[^"\\])*"', "", step.rest)
    return "expected no comment after an instruction" if re.search(r"(^|\s)#", outside_quotes) else None


def _unpinned(step: Instruction, stages: set[str]) -> str | None:
    if step.name != "FROM":
        return None
    image = step.rest.split()[0] if step.rest else ""
    known = image in stages or image == "scratch" or PINNED.search(image)
    return None if known else "expected an image pinned by digest (name:tag@sha256:…), or the waiver unpinned-base"


def _secret(step: Instruction, _: set[str]) -> str | None:
    if step.name not in {"ARG", "ENV"}:
        return None
    names = [word.split("=")[0] for word in step.rest.split()]
    smelly = [name for name in names if SECRET_NAME.search(name)]
    return f"expected no secret here, but {smelly[0]} is named like one; use --mount=type=secret" if smelly else None


def _shell_form(step: Instruction, _: set[str]) -> str | None:
    if step.name not in EXEC_FORM or step.rest == "NONE":
        return None
    try:
        words = json.loads(step.rest.removeprefix("CMD "))
    except ValueError:
        words = None
    good = isinstance(words, list) and words and all(isinstance(word, str) for word in words)
    return None if good else 'expected exec form, like ["sh", "/build/packages.sh"]'


def _fetches_frontend(step: Instruction, _: set[str]) -> str | None:
    return "expected no syntax line: it fetches a frontend image at build time" if step.name == "# syntax" else None


def _heredoc(step: Instruction, _: set[str]) -> str | None:
    return "expected no heredoc: Docker 20.10 cannot build it" if re.search(r"(^|\s)<<-?\w", step.rest) else None


def _fetched(step: Instruction, _: set[str]) -> str | None:
    remote = step.name == "ADD" and "://" in step.rest
    return "expected no ADD of a URL: nothing checks what arrives" if remote else None


RULES: Mapping[str, Rule] = {
    "comment": _comment,
    "unpinned-base": _unpinned,
    "secret": _secret,
    "exec-form": _shell_form,
    "syntax": _fetches_frontend,
    "heredoc": _heredoc,
    "remote-add": _fetched,
}
