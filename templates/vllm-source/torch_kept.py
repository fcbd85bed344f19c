"""Notes which torch the vendor put into the image, and checks after the build that it is still that one."""

import json
import sys
from pathlib import Path

import torch

NOTE = Path(__file__).with_name("torch.json")


def seen() -> dict[str, object]:
    """What tells one torch from another; one for CPUs has no CUDA."""
    return {"version": torch.__version__, "cuda": torch.version.cuda, "file": torch.__file__}


def main() -> None:
    """Do what the first argument says: note, or check."""
    now = seen()
    if now["cuda"] is None:
        sys.exit(f"the torch in this image is for CPUs only: {now}")
    if sys.argv[1:] == ["note"]:
        NOTE.write_text(json.dumps(now), encoding="utf-8")
        return
    before = json.loads(NOTE.read_text(encoding="utf-8"))
    if now != before:
        sys.exit(f"the build replaced the vendor's torch: {before} became {now}")


if __name__ == "__main__":
    main()
