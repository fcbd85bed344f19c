"""Exporters in a host file: pinned, each with a port of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.spec.files import parse, problems, with_values

GPU = {"image": f"exporter@sha256:{'d' * 64}", "listens": 9400, "port": 9400}


def text(**exporters: Any) -> str:
    return with_values({"exporters": exporters})


def test_an_exporter_is_an_image_and_two_ports() -> None:
    assert parse(text(gpu=GPU)).exporters["gpu"].port == 9400
    assert parse(with_values({})).exporters == {}


@pytest.mark.parametrize("other", [{"gpu": {**GPU, "port": 8000}}, {"gpu": GPU, "machine": GPU}])
def test_a_port_is_somebodys_alone(other: dict[str, Any]) -> None:
    (found,) = problems(text(**other))
    assert found.endswith(".port: expected a port that nothing else of this file has")


def test_no_exporter_has_the_connectors_name() -> None:
    (found,) = problems(text(connector=GPU))
    assert "exporters.connector: expected another name" in found


def test_an_exporter_that_is_not_pinned_is_refused_or_waived() -> None:
    loose = {"exporters": {"gpu": {**GPU, "image": "exporter:1"}}}
    assert parse(with_values(loose))
    (found,) = problems(with_values({**loose, "waivers": {"any-gpu": "there is none of them"}}))
    assert "exporters.gpu.image: expected an image pinned by digest" in found


@pytest.mark.parametrize("key", ["env", "privileged", "network", "mounts", "user"])
def test_there_is_no_key_that_opens_anything(key: str) -> None:
    (found,) = problems(text(gpu={**GPU, key: "host"}))
    assert f"exporters.gpu.{key}: expected no such key" in found
