"""Notes when a line with the wanted words appears in the log of any job, until standard input ends.

Runs on the lab host with nothing but the standard library: `python3 -c "$(cat listener.py)" WORDS`. A moment is one of
the monotonic clock, which a container shares with the machine it is on.
"""

import json
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path

JOBS, PAUSE = Path("/var/lib/ocrfleet/jobs"), 0.01


def news(read: "dict[Path, int]") -> Iterator[str]:
    """Lines that were not there at the last look."""
    for path in JOBS.glob("*/log"):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        yield from lines[read.get(path, 0) :]
        read[path] = len(lines)


def main(wanted: str) -> None:
    """Look a hundred times a second."""
    read: dict[Path, int] = {}
    heard: list[tuple[float, str]] = []
    list(news(read))
    print("listening", flush=True)
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        heard += [(time.monotonic(), line) for line in news(read) if wanted in line]
    print(json.dumps(heard))


main(sys.argv[1])
