"""Spark's and Calypso's host files on the lab are their own but for what a lab cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml  # noqa: TID251  writes a host file

from lab.gpus.cards import GB10, RTX_4090, Card
from lab.gpus.hosts import on_lab
from lab.project import written
from ocrfleet.spec import parse_host

SSH = {"address": "127.0.0.1", "user": "ocr", "port": 1, "identity_file": "key", "known_hosts_file": "known"}
EVERYWHERE = {"ssh", "arch", "edge", "build.proxy_base", "gate.ready_seconds", "gate.healthy_seconds"}
CHANGED = {"calypso": EVERYWHERE, "spark": EVERYWHERE | {"engine.memory_gib", "cutover.reserve_gib", "gpu.memory_gib"}}


def paths(before: Any, after: Any, at: str = "") -> Iterator[str]:
    """Where two host files differ; who reaches the machine and how is one thing."""
    if isinstance(before, dict) and isinstance(after, dict) and at != "ssh":
        for key in before.keys() | after.keys():
            yield from paths(before.get(key), after.get(key), f"{at}.{key}".lstrip("."))
    elif before != after:
        yield at


@pytest.mark.parametrize(("name", "card"), [("spark", GB10), ("calypso", RTX_4090)])
def test_nothing_is_replaced_but_what_the_lab_cannot_be(name: str, card: Card) -> None:
    assert set(paths(written(name), on_lab(written(name), SSH, card))) == CHANGED[name]


@pytest.mark.parametrize(("name", "card"), [("spark", GB10), ("calypso", RTX_4090)])
def test_the_card_is_the_one_in_the_host_file(name: str, card: Card) -> None:
    gpu = written(name)["gpu"]
    assert (card.name, card.capability, card.cuda_gib) == (gpu["name"], gpu["capability"], gpu["memory_gib"])
    assert card.is_shared == (gpu["memory"] == "shared")


@pytest.mark.parametrize(("name", "card"), [("spark", GB10), ("calypso", RTX_4090)])
def test_what_is_replaced_is_a_host_file_still(name: str, card: Card) -> None:
    text = yaml.safe_dump(on_lab(written(name), SSH, card))
    assert parse_host(text, file=f"hosts/{name}.yaml", name=name).gpu is not None
