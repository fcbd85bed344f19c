#!/usr/bin/python3 -IS
"""The lab's nvidia-container-runtime-hook: Docker itself starts it for every container that is created with --gpus.

It gives the container nvidia-smi, as the real one does, and the folder /dev/lab-gpu: `card.json`, what the card is and
how much of it is free, and `used`, where a process writes what it takes. A GPU that is not there is refused.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

PLACE = Path("/run/lab-gpu")
INSIDE, PROGRAM = "dev/lab-gpu", "usr/bin/nvidia-smi"


def main() -> None:
    """Look for the GPU that is asked for and mount what belongs to it; the container's root is not yet its own."""
    state = json.load(sys.stdin)
    config = json.loads((Path(state["bundle"]) / "config.json").read_text(encoding="utf-8"))
    asked = dict(word.split("=", 1) for word in config["process"]["env"])["NVIDIA_VISIBLE_DEVICES"]
    if not (PLACE / "card.json").exists():
        sys.exit("nvidia-container-cli: initialization error: nvml error: driver not loaded")
    card = json.loads((PLACE / "card.json").read_text(encoding="utf-8"))
    if asked not in {"all", "0", card["uuid"]}:
        sys.exit(f"nvidia-container-cli: device error: {asked}: unknown device")
    root, inside = Path(config["root"]["path"]), ["nsenter", f"--mount=/proc/{state['pid']}/ns/mnt"]
    for target, source, make in ((INSIDE, folder(state, card), "mkdir"), (PROGRAM, Path("/", PROGRAM), "touch")):
        subprocess.run([*inside, make, str(root / target)], check=True)
        subprocess.run([*inside, "mount", "--bind", str(source), str(root / target)], check=True)


def folder(state: dict[str, str], card: dict[str, object]) -> Path:
    """The container's own folder: what is free now, and a file that any user in it may write to."""
    made = PLACE / "held" / state["id"]
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    (made / "card.json").write_text(json.dumps({**card, "free_mib": free_mib(), "pid": state["pid"]}), encoding="utf-8")
    (made / "used").write_text(f"{state['pid']} 0 none\n", encoding="utf-8")
    (made / "used").chmod(0o666)
    return made


def free_mib() -> int | None:
    """What nvidia-smi says is free; None where the memory is the machine's."""
    words = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    return int(said) if said.isdigit() else None


main()
