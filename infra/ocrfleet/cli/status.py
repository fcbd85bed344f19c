"""The command `status`: how one host is, or many at once."""

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from ocrfleet.cli.operator import Json, out, show_json, when
from ocrfleet.errors import OcrfleetError
from ocrfleet.operate.survey import Seen, survey, worst
from ocrfleet.plan.facts import Facts
from ocrfleet.project import Project

COLUMNS = ("host", "serving", "since", "previous", "pinned", "guard", "job", "drift")


def status(
    names: Annotated[list[str] | None, typer.Argument(metavar="HOST", help="Which hosts; default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Show what serves on a host, what a rollback would go to, and what somebody changed by hand.

    Of several hosts, or of all where none is named: a line for each, asked at the same time; --json is then a list.
    A host that could not be asked has an `error` there, and the worst exit code is the command's.

    Example: ocrfleet status attic
    """
    seen = survey(Project.find(), names or ())
    if names is not None and len(names) == 1:
        _show_one(seen[0], as_json=as_json)
        return
    if as_json:
        show_json([_as_json(one) for one in seen])
    else:
        for line in _table(seen):
            out.print(line, markup=False)
        for one in seen:
            if isinstance(one.told, OcrfleetError):
                sys.stderr.write(f"\n{one.host}:\n{one.told}\n")
    raise typer.Exit(worst(seen))


def _show_one(seen: Seen, *, as_json: bool) -> None:
    if isinstance(seen.told, OcrfleetError):
        raise seen.told
    if as_json:
        show_json(_as_json(seen))
        return
    for word, line in _lines(seen.host, seen.told):
        out.print(f"{word:<10}{line}", markup=False)


def _as_json(seen: Seen) -> dict[str, Any]:
    told = seen.told
    if isinstance(told, OcrfleetError):
        return {"host": seen.host, "error": {"code": told.code, **told.parts}}
    return {
        "host": seen.host,
        "serving": _short(told.serving),
        "previous": _short(told.previous),
        "pinned": told.pinned,
        "job": dict(told.job) if told.job else None,
        "drift": list(told.drift),
    }


def _short(release: Any) -> dict[str, Any] | None:
    if release is None:
        return None
    known = {name: release[name] for name in ("release", "container", "image")}
    return {**known, "since": when(release["since"]) if release["since"] else None}


def _lines(name: str, facts: Facts) -> Iterator[tuple[str, str]]:
    serving, previous, job = facts.serving, facts.previous, facts.job
    stopped = " (stopped on purpose)" if facts.stopped else ""
    yield "serving", f"release {serving['release']} since {when(serving['since'])}{stopped}" if serving else "nothing"
    yield "previous", f"release {previous['release']}" if previous else "none"
    yield "pinned", "no" if facts.pinned is None else f"release {facts.pinned}, until: ocrfleet unpin {name}"
    yield "guard", "alive" if facts.guard_alive else f"NOT ALIVE: ocrfleet bootstrap {name}"
    yield "job", f"{job['what']} by {job['who']}; to join it: ocrfleet attach {name}" if job else "none"
    for one in facts.drift:
        yield "drift", one


def _table(seen: Sequence[Seen]) -> Iterator[str]:
    """A line for each host under a headline; no word is cut, however narrow the terminal is."""
    rows = [COLUMNS, *((one.host, *_row(one.told)) for one in seen)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()


def _row(facts: Facts | OcrfleetError) -> tuple[str, ...]:
    if isinstance(facts, OcrfleetError):
        return ("NOT KNOWN", *[""] * (len(COLUMNS) - 2))
    serving, previous = facts.serving, facts.previous
    serves = f"{serving['release']}{' (stopped)' if facts.stopped else ''}" if serving else "nothing"
    return (
        serves,
        when(serving["since"]) if serving else "",
        str(previous["release"]) if previous else "none",
        "no" if facts.pinned is None else str(facts.pinned),
        "alive" if facts.guard_alive else "NOT ALIVE",
        facts.job["what"] if facts.job else "none",
        str(len(facts.drift)) if facts.drift else "none",
    )
