"""What every command starts from: the project, one host of it, and a terminal."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any

import typer
from rich.console import Console

from ocrfleet.project import Project
from ocrfleet.remote import Remote, Target, connect
from ocrfleet.remote.agent import Lines
from ocrfleet.spec import HostSpec, load_host

HostName = Annotated[str, typer.Argument(metavar="HOST", help="A host: the name of its file under hosts/.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

Wait = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for another change on the host.")
]

# What a page or a log says is printed as it is: no emoji for `:100:`, no line breaks of ours.
out = Console(highlight=False, soft_wrap=True, emoji=False)


@dataclass(frozen=True)
class Operator:
    """An operator at work on one host."""

    name: str
    wait: float | None = None

    @cached_property
    def project(self) -> Project:
        return Project.find()

    @cached_property
    def host(self) -> HostSpec:
        return load_host(self.project, self.name)

    @cached_property
    def remote(self) -> Remote:
        return connect(self.project, Target.of(self.host), wait=self.wait)


def err_line(line: str) -> None:
    """Say something beside what a program reads."""
    sys.stderr.write(f"{line}\n")


def show_json(value: Any) -> None:
    """Print a value for programs."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def tell_findings(findings: Sequence[Any], *, as_json: bool) -> None:
    """Print findings (what, detail, good), and end with 10 where one of them is not good."""
    if as_json:
        show_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            out.print(f"{'ok  ' if finding.good else 'FAIL'} {finding.what}: {finding.detail}", markup=False)
    if not all(finding.good for finding in findings):
        raise typer.Exit(10)


def when(seconds: float) -> str:
    """A moment as people and programs read it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


@contextmanager
def progress(what: str) -> Iterator[Lines]:
    """Show a job's lines: the last one live in a terminal, each one elsewhere. Never on standard output."""
    err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    if not err.is_terminal:
        yield lambda line: err.print(line, markup=False)
        return
    with err.status(what) as status:

        def show(line: str) -> None:
            status.update(f"{what}: {line}"[:200])
            if not line.startswith("#"):
                err.print(line, markup=False)

        yield show
