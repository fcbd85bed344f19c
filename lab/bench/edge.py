"""What a public edge costs: calls of the API, and seconds of a no-op beside an empty `up` and the SDK's bare import."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from lab.bench.figures import tell, timed
from lab.cloudflare.scratch import TWO, Scratch, scratch

RESOURCES = 12


def measure(rounds: int) -> None:
    """Create, do nothing, and destroy, on the emulator and with the plugin that is installed there."""
    with tempfile.TemporaryDirectory() as folder, scratch(Path(folder)) as edge:
        _calls(edge, "create of an edge with two names", lambda: edge.up(TWO))
        _calls(edge, "no-op up of that edge", lambda: edge.up(TWO), limit=1)
        _calls(edge, "refresh and no-op up of that edge", lambda: edge.up(TWO, "--refresh"), limit=RESOURCES + 1)
        _no_op(edge, Path(folder), rounds)
        _calls(edge, "destroy of that edge", edge.destroy)


def _no_op(edge: Scratch, folder: Path, rounds: int) -> None:
    """Take turns, so that what else the machine does is shared by all three."""
    (folder / "beside").mkdir()
    times: list[tuple[float, float, float]] = []
    with scratch(folder / "beside") as empty:
        empty.up(None)
        for _ in range(rounds):
            nothing, sdk = timed(lambda: empty.up(None)), timed(_import)
            times.append((timed(lambda: edge.up(TWO)), nothing, sdk))
    ours, nothing, sdk = (median(one) for one in zip(*times, strict=True))
    what = "no-op up --skip-preview with an edge / (empty up + bare import of the SDK)"
    tell(what, ours / (nothing + sdk), limit=1.3, ours=ours, empty=nothing, sdk=sdk)


def _calls(edge: Scratch, what: str, work: Any, *, limit: float | None = None) -> None:
    before = len(edge.at.api.seen)
    seconds = timed(work)
    calls = [seen.call for seen in edge.at.api.seen[before:]]
    counted = {"reads": sum(call.reads for call in calls), "writes": sum(not call.reads for call in calls)}
    tell(f"calls of the API for {what}", len(calls), limit=limit, seconds=seconds, **counted)


def _import() -> None:
    subprocess.run([sys.executable, "-c", "import pulumi_cloudflare"], check=True)
