"""Refuses Dockerfiles that parse wrongly, leak secrets, or build something else tomorrow."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from ocrfleet.errors import Problem
from ocrfleet.spec.expect import SECRET_NAME

PINNED = re.compile(r"@sha256:[0-9a-f]{64}$")
DIRECTIVE = re.compile(r"\s*#\s*(syntax|escape|check)\s*=", re.IGNORECASE)
QUOTED = re.compile(r"\"(\\.|[^\"\\])*\"|'[^']*'")
# Over HTTP a user alone is most often a token.
CREDENTIALS = re.compile(r"https?://[^/\s\"'@]+@|://[^/\s\"'@:]*:[^/\s\"'@]+@", re.IGNORECASE)
EXEC_FORM = {"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL"}
# Without ONBUILD, which runs in somebody else's build, and MAINTAINER, which is long gone.
OTHERS = {"ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
KNOWN = EXEC_FORM | OTHERS
COMMENT = "#"


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continuation lines joined, its flags apart."""

    line: int
    name: str
    flags: tuple[str, ...]
    rest: str

    @property
    def bare(self) -> str:
        """What stands outside quotes."""
        return QUOTED.sub("", self.rest)


Rule = Callable[[Instruction, set[str]], str | None]


def lint(text: str, *, file: str, waivers: Collection[str]) -> list[Problem]:
    """List what is wrong with a rendered Dockerfile; lines are those of the rendered text."""
    problems, stages, steps = [], {"scratch"}, list(_instructions(text))
    for step in steps:
        for rule, check in RULES.items():
            found = None if rule in waivers else check(step, stages)
            if found:
                problems.append(Problem(file, step.line, f"{step.name} (line of the rendered text)", found))
        stages.update(_stage(step))
    if not any(step.name == "FROM" for step in steps):
        problems.append(Problem(file, 1, "(file)", "expected a FROM"))
    return problems


def _instructions(text: str) -> Iterator[Instruction]:
    """Read a Dockerfile as Docker does: blanks may follow a backslash, and comments and empty lines its line."""
    pending, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        words = line.rstrip()
        if not words or words.lstrip().startswith(COMMENT):
            if DIRECTIVE.match(words):
                yield Instruction(number, COMMENT, (), words)
            continue
        start = start if pending else number
        pending += words.removesuffix("\\")
        if not words.endswith("\\"):
            yield _parse(pending, start)
            pending = ""
    if pending.strip():
        yield _parse(pending, start)


def _parse(text: str, line: int) -> Instruction:
    name, *words = text.split()
    flags = []
    while words and words[0].startswith("--"):
        flags.append(words.pop(0))
    return Instruction(line, name.upper(), tuple(flags), " ".join(words))


def _stage(step: Instruction) -> set[str]:
    words = step.rest.lower().split()
    return {words[2]} if step.name == "FROM" and words[1:2] == ["as"] and len(words) > len(["image", "as"]) else set()


def _unknown(step: Instruction, _: set[str]) -> str | None:
    return None if step.name in {*KNOWN, COMMENT} else f"expected one of {', '.join(sorted(KNOWN))}"


def _directive(step: Instruction, _: set[str]) -> str | None:
    what = "expected no parser directive: it changes what the lines below mean, or who reads them"
    return what if step.name == COMMENT else None


def _comment(step: Instruction, _: set[str]) -> str | None:
    found = step.name != COMMENT and re.search(r"(^|\s)#", step.bare)
    return "expected no comment after an instruction" if found else None


def _unpinned(step: Instruction, stages: set[str]) -> str | None:
    images = [step.rest.split()[0]] if step.name == "FROM" and step.rest else []
    images += [found[1] for flag in step.flags if (found := re.search(r"(?:--|,)from=([^,]+)", flag))]
    unknown = [image for image in images if image.lower() not in stages and not PINNED.search(image)]
    return "expected an image pinned by digest (name:tag@sha256:…), or the waiver unpinned-base" if unknown else None


def _secret(step: Instruction, _: set[str]) -> str | None:
    if step.name not in {"ARG", "ENV"}:
        return None
    first, *others = step.bare.split() or [""]
    # Every word of an ARG is a name; after `ENV NAME` comes its value.
    named = others if step.name == "ARG" else [other for other in others if "=" in other]
    names = [word.partition("=")[0] for word in (first, *named)]
    smelly = [name for name in names if SECRET_NAME.search(name)]
    return f"expected no secret here, but {smelly[0]} is named like one; use --mount=type=secret" if smelly else None


def _credentials(step: Instruction, _: set[str]) -> str | None:
    found = CREDENTIALS.search(step.rest)
    return "expected no user or password in a URL; use --mount=type=secret" if found else None


def _shell_form(step: Instruction, _: set[str]) -> str | None:
    if step.name not in EXEC_FORM or (step.name, step.rest) == ("HEALTHCHECK", "NONE"):
        return None
    text = step.rest.removeprefix("CMD ") if step.name == "HEALTHCHECK" else step.rest
    try:
        words = json.loads(text)
    except ValueError:
        words = None
    good = isinstance(words, list) and words and all(isinstance(word, str) for word in words)
    return None if good else 'expected exec form, like ["sh", "/build/packages.sh"]'


def _heredoc(step: Instruction, _: set[str]) -> str | None:
    return "expected no heredoc: Docker 20.10 cannot build it" if re.search(r"(^|\s)\d*<<", step.bare) else None


def _fetched(step: Instruction, _: set[str]) -> str | None:
    remote = step.name == "ADD" and re.search(r"://|(^|[\s\"])git@", step.rest)
    return "expected no ADD of a URL: nothing checks what arrives" if remote else None


def _platform(step: Instruction, _: set[str]) -> str | None:
    given = step.name == "FROM" and any(flag.startswith("--platform") for flag in step.flags)
    what = "expected no --platform: an image is built on its host and for it; another one never starts there"
    return what if given else None


def _vllm_twice(step: Instruction, _: set[str]) -> str | None:
    """The published image starts with `vllm serve` already: a command that says so again serves the model `vllm`."""
    if step.name == "CMD" and "vllm" in re.findall(r'"([^"]*)"', step.rest):
        return "expected no vllm in CMD: the entry point is `vllm serve` already, so only a model and flags follow"
    twice = step.name == "ENTRYPOINT" and step.rest.count('"serve"') > 1
    return "expected `vllm serve` once" if twice else None


def _latest(step: Instruction, stages: set[str]) -> str | None:
    image = step.rest.split()[0] if step.name == "FROM" and step.rest else ""
    name = image.partition("@")[0]
    moving = name.endswith((":latest", ":nightly")) and image.lower() not in stages
    return "expected a tag that stays what it is, like v0.30.0" if moving else None


RULES: Mapping[str, Rule] = {
    "unknown": _unknown,
    "directive": _directive,
    "comment": _comment,
    "unpinned-base": _unpinned,
    "secret": _secret,
    "credentials": _credentials,
    "exec-form": _shell_form,
    "heredoc": _heredoc,
    "remote-add": _fetched,
    "platform": _platform,
    "vllm-twice": _vllm_twice,
    "latest": _latest,
}
