"""What an engine's Python sees of the lab's GPU, in torch's words: the checklist asks for it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

CARD = Path("/dev/lab-gpu/card.json")
__version__ = "2.13.0+cu130"
version = SimpleNamespace(cuda="13.0")


def _card() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CARD.read_text(encoding="utf-8"))
    return found


def _capability() -> tuple[int, ...]:
    return tuple(map(int, _card()["capability"].split(".")))


cuda = SimpleNamespace(
    is_available=CARD.exists,
    device_count=lambda: int(CARD.exists()),
    get_device_capability=_capability,
    get_device_name=lambda: _card()["name"],
)
