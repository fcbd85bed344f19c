"""Commands that only look: releases, audit, logs, verify."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ocrfleet.cli.operator import HostName, Json, Operator, out, show_json, when

# A candidate that no swap is about any more has failed without a word.
STATES = {"good": "retained", "candidate": "failed"}


def releases(name: HostName, as_json: Json = False) -> None:
    """List every release a host ever had, with how its cutover and gate went.

    Example: ocrfleet releases attic --json
    """
    answer = Operator(name).remote.tell("releases")
    rows = [_release(raw, answer) for raw in answer["releases"]]
    if as_json:
        show_json(rows)
        return
    table = Table("release", "state", "created", "strategy", "outage s", "ready s", "cer", "reason", box=None)
    for row in rows:
        gate, outage = row["gate"], row["outage_seconds"]
        reason = (row["reason"] or "").partition("\n")[0]
        words = [row["release"], row["state"], row["created"], row["strategy"], outage]
        words += [gate.get("ready_seconds"), gate.get("cer"), reason]
        table.add_row(*("" if word is None else str(word) for word in words))
    out.print(table)


def logs(
    name: HostName,
    release: Annotated[int | None, typer.Option(help="A release; default: the serving one.")] = None,
    tail: Annotated[int, typer.Option(help="How many lines.")] = 200,
    as_json: Json = False,
) -> None:
    """Print the last lines a release wrote; of a failed release, those kept when it failed.

    Example: ocrfleet logs attic --release 7
    """
    answer = Operator(name).remote.tell("logs", release=release, tail=tail)
    if as_json:
        show_json({"release": answer["release"], "text": answer["text"]})
    else:
        print(answer["text"], end="")


def audit(
    name: HostName,
    last: Annotated[int, typer.Option(min=1, help="How many changes.")] = 50,
    as_json: Json = False,
) -> None:
    """List who changed what on a host, and how it went; the newest change is the last line.

    Example: ocrfleet audit attic --last 10
    """
    lines = Operator(name).remote.tell("audit", last=last)["lines"]
    rows = [{**line, "at": when(line["at"])} for line in lines]
    if as_json:
        show_json(rows)
        return
    table = Table("at", "who", "what", "from", "to", "outcome", "code", box=None)
    for row in rows:
        words = (row[name] for name in ("at", "who", "what", "from", "to", "outcome", "code"))
        table.add_row(*("" if word is None else str(word) for word in words))
    out.print(table, markup=False)


def verify(
    name: HostName,
    as_json: Json = False,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit report here too.")] = None,
) -> None:
    """Prove from outside and inside that a host is as it should be: the checklist.

    Ends with 0 only if every check passed, else with 20; with 10 or 40 when nobody could log in to check.

    Example: ocrfleet verify attic --junit report.xml
    """
    from ocrfleet.verify import run_checklist

    operator = Operator(name)
    report = run_checklist(operator.project, operator.host, junit=junit)
    if as_json:
        show_json(report.as_json())
    else:
        for check in report.checks:
            detail = f": {check.detail}" if check.detail else ""
            out.print(f"{check.outcome:<8}{check.name}{detail}", markup=False)
        for waiver, why in report.waivers.items():
            out.print(f"waived  {waiver}: {why}", markup=False)
        counts = f"{report.passed} passed, {report.failed} failed, {report.skipped} skipped"
        out.print(f"{counts}, {len(report.waivers)} waived")
    if not report.good:
        raise typer.Exit(20)


def _release(raw: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    now = {answer.get("candidate"): "candidate", answer["serving"]: "serving"}
    state = now.get(raw["release"]) or STATES.get(raw["state"], raw["state"])
    kept = ("release", "image", "strategy", "outage_seconds", "gate", "reason", "diagnosis")
    return {**{name: raw.get(name) for name in kept}, "state": state, "created": when(raw["created"])}
