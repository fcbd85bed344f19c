#!/usr/bin/python3 -IS
"""The lab's nvidia-smi: the host's card, less what living processes hold of it; in a container, the card alone."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PLACE = next((place for place in map(Path, ("/run/lab-gpu", "/dev/lab-gpu")) if place.exists()), Path("/run/lab-gpu"))
NONE = "[N/A]"
NO_DRIVER = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA "
    "driver is installed and running.\n"
)


def main(words: list[str]) -> int:
    """Answer one call as nvidia-smi does; its exit status."""
    try:
        card = json.loads((PLACE / "card.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        sys.stdout.write(NO_DRIVER)
        return 9
    apps = list(holders())
    options = dict(word.lstrip("-").partition("=")[::2] for word in words)
    if "L" in options:
        print(f"GPU 0: {card['name']} (UUID: {card['uuid']})")
        return 0
    if "query-gpu" in options:
        return table(options["query-gpu"], options.get("format", ""), [gpu_row(card, apps)])
    if "query-compute-apps" in options:
        rows = [{"gpu_uuid": card["uuid"], "gpu_name": card["name"], **app} for app in apps]
        return table(options["query-compute-apps"], options.get("format", ""), rows)
    print(f"| NVIDIA-SMI {card['driver']}    Driver Version: {card['driver']}    CUDA Version: 13.0 |")
    return 0


def holders() -> Iterator[dict[str, str]]:
    """Every living process that holds memory: one line `PID MIB NAME` for each in the folder `held`."""
    for path in sorted((PLACE / "held").glob("*/used")):
        pid, mib, name = path.read_text(encoding="utf-8").strip().split(" ", 2)
        if mib != "0" and Path("/proc", pid).exists():
            yield {"pid": pid, "process_name": name, "used_memory": f"{mib} MiB"}


def gpu_row(card: dict[str, Any], apps: list[dict[str, str]]) -> dict[str, str]:
    """The card's row, every field that somebody asks for."""
    row = {
        "index": "0",
        "uuid": card["uuid"],
        "name": card["name"],
        "compute_cap": card["capability"],
        "driver_version": card["driver"],
        "mig.mode.current": NONE,
        **dict.fromkeys(("memory.total", "memory.free", "memory.used"), NONE),
    }
    if card["total_mib"] is not None:
        free = card["idle_mib"] - sum(int(app["used_memory"].split()[0]) for app in apps)
        sizes = {"total": card["total_mib"], "free": free, "used": card["total_mib"] - free}
        row |= {f"memory.{name}": f"{mib} MiB" for name, mib in sizes.items()}
    return row


def table(fields: str, form: str, rows: list[dict[str, str]]) -> int:
    """Print rows as CSV; a field that nobody knows is refused as nvidia-smi refuses it."""
    names = [name.strip() for name in fields.split(",")]
    known = {*gpu_row({"total_mib": None, **dict.fromkeys(("uuid", "name", "capability", "driver"), "")}, [])}
    known |= {"pid", "process_name", "used_memory", "gpu_uuid", "gpu_name"}
    for name in names:
        if name not in known:
            print(f'Field "{name}" is not a valid field to query.\n')
            return 2
    if "noheader" not in form:
        print(", ".join(names))
    for row in rows:
        shown = [row[name] for name in names]
        print(", ".join(one.removesuffix(" MiB") for one in shown) if "nounits" in form else ", ".join(shown))
    return 0


sys.exit(main(sys.argv[1:]))
