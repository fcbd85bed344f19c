"""Writes down what the engine inside a lab host answers: `python3 -m tests.faults.conversations.record CONTAINER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from lab.docker import find_docker
from lab.places import Places
from tests.faults.conversations.engines import with_real
from tests.faults.conversations.talks import TALKS

RECORDED = Path(__file__).with_name("recorded.json")
BASE = "ocrfleet-lab/debian:bookworm"


def recorded() -> dict[str, Any]:
    """What a real engine answered, by talk."""
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def held(words: tuple[str, ...], container: str) -> dict[str, Any]:
    """Hold every talk with the engine inside a lab host."""

    def inside(text: str) -> list[str]:
        return [*words, "exec", container, "sh", "-c", text]

    return {name: with_real(talk, inside, BASE) for name, talk in TALKS.items()}


if __name__ == "__main__":
    answers = held(find_docker(Places(), lambda _: None).words, sys.argv[1])
    RECORDED.write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n", encoding="utf-8")
