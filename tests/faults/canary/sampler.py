"""Looks at all processes again and again, and names each secret that shows in an argument or in an environment.

`sampler.py NEEDLES STOP [FIELDS]`: the secrets, one a line, are in the file NEEDLES; it goes on until the file STOP is
there. It runs on the lab host and on the operator's machine, where an environment may hold a secret.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def look(needles: list[bytes], fields: list[str], found: set[str]) -> int:
    """Look at every process once; return how many there were."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        count += 1
        for field in fields:
            try:
                content = (process / field).read_bytes()
            except OSError:
                continue
            found |= {needle.decode() for needle in needles if needle in content}
    return count


def main(needles: Path, stop: Path, fields: list[str]) -> None:
    """Look until told to stop; print what was found."""
    wanted, found, looks, seen = needles.read_bytes().split(), set[str](), 0, 0
    os.nice(5)
    while not stop.exists():
        seen += look(wanted, fields, found)
        looks += 1
        time.sleep(0.02)
    print(json.dumps({"found": sorted(found), "looks": looks, "processes": seen}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] or ["cmdline"])
