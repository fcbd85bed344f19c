"""The command that gives a host's disk room again."""

from typing import Annotated, Any

import typer

from ocrfleet.cli.operator import HostName, Json, Operator, Wait, out, progress, show_json

GB = 10**9
WHY = {
    "count": "there are newer ones",
    "disk": "the disk is nearly full",
    "unused": "no release runs it",
}


def prune(
    name: HostName,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would go; change nothing.")] = False,
    floor: Annotated[
        float | None, typer.Option(min=0, metavar="GIB", help="Disk to keep free; default: 5, or a tenth of it.")
    ] = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Remove old releases with their images: those beyond retention.keep, and more while the disk is nearly full.

    What serves, the one before it, a pinned one and the last good one always stay. Models and images that no release
    runs go a day after they were fetched or built; where the disk is nearly full, such images go at once, but for the
    last one built.

    Example: ocrfleet prune attic --plan
    """
    operator = Operator(name, wait)
    keep = operator.host.retention.keep
    if plan:
        told = operator.remote.tell("prunable", keep=keep, floor_gib=floor)
    else:
        with progress(f"prune {name}") as lines:
            told = operator.remote.prune(keep, floor, lines)
    if as_json:
        show_json({"host": name, **told})
        return
    for line in _planned(told) if plan else _done(told):
        out.print(f"{name}: {line}", markup=False)


def _planned(told: dict[str, Any]) -> list[str]:
    rows = [
        f"release {one['release']} ({one['state']}) would go, because {WHY[one['why']]}: {_gb(one['frees_bytes'])}"
        for one in told["prune"]
    ]
    rows += [
        f"image {one['image']} would go, because {WHY[one['why']]}: {_gb(one['frees_bytes'])}" for one in told["images"]
    ]
    rows += [
        f"model {one['model']} would go, because no release that stays runs it: {_gb(one['frees_bytes'])}"
        for one in told["models"]
    ]
    total = f"{len(rows)} would go, which frees at least {_gb(told['frees_bytes'])}" if rows else "nothing would go"
    return [*rows, f"{total}; {_free(told)}, {told['floor_gib']} GiB are to stay so"]


def _done(told: dict[str, Any]) -> list[str]:
    named = [f"release {number}" for number in told["pruned"]]
    named += [*(f"image {name}" for name in told["images"]), *(f"model {name}" for name in told["models"])]
    said = f"pruned {', '.join(named)}" if named else "there was nothing to prune"
    return [f"{said}; {_free(told)}"]


def _free(told: dict[str, Any]) -> str:
    free = told["disk_free_gib"]
    return "how much of the disk is free is not known" if free is None else f"{free} GiB of the disk are free"


def _gb(size: int) -> str:
    return f"{size / GB:.1f} GB"
