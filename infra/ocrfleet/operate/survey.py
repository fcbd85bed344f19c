"""Asks many hosts at the same time how they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ocrfleet.errors import OcrfleetError, Refused
from ocrfleet.plan.facts import Facts
from ocrfleet.project import Project
from ocrfleet.remote import Target, connect
from ocrfleet.spec import load_host
from ocrfleet.spec.loader import host_names

# One more than this waits until another has answered: a host that is down takes its whole time limit.
AT_ONCE = 64


@dataclass(frozen=True)
class Seen:
    """What a host told about itself, or why nothing is known of it."""

    host: str
    told: Facts | OcrfleetError


def survey(
    project: Project, names: Sequence[str], ask: Callable[[Project, str], Facts] | None = None
) -> tuple[Seen, ...]:
    """Ask the named hosts, or all of the project, all at once; answer in the order of the names, each once.

    A host that cannot be asked is among the answers; raises Refused only where there is no host to ask.
    """
    asked = tuple(dict.fromkeys(names or host_names(project)))
    if not asked:
        raise Refused("this project has no host file", fix="ocrfleet init --help")
    with ThreadPoolExecutor(min(len(asked), AT_ONCE)) as pool:
        return tuple(pool.map(lambda name: _seen(project, name, ask or facts_of), asked))


def worst(seen: Sequence[Seen]) -> int:
    """The exit code for all of them: 0 where every host answered."""
    return max((one.told.code for one in seen if isinstance(one.told, OcrfleetError)), default=0)


def facts_of(project: Project, name: str) -> Facts:
    """Ask one host over a connection of its own."""
    remote = connect(project, Target.of(load_host(project, name)))
    try:
        return remote.facts()
    finally:
        remote.session.close()


def _seen(project: Project, name: str, ask: Callable[[Project, str], Facts]) -> Seen:
    try:
        return Seen(name, ask(project, name))
    except OcrfleetError as error:
        return Seen(name, error)
