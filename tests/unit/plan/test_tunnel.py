"""A machine must reach Cloudflare where Cloudflare's own connector goes there."""

from __future__ import annotations

import pytest

from ocrfleet.plan.needs import TUNNEL, Needs
from tests.unit.spec.files import parse, with_values

EDGE = {"zone": "example.org", "team": "example", "hostnames": {"ocr.example.org": {"audience": ["page-worker"]}}}


@pytest.mark.parametrize(
    ("edge", "places"),
    [
        (EDGE, (TUNNEL,)),
        ({**EDGE, "connector": "mirror.example:5000/cloudflare/cloudflared:2026.7.3"}, (TUNNEL,)),
        ({**EDGE, "connector": "ocrfleet-lab/cloudflared:stand-in"}, ()),
    ],
)
def test_who_must_be_reached_follows_from_the_connector(edge: object, places: tuple[str, ...]) -> None:
    assert Needs.of(parse(with_values({"edge": edge}))).tunnel == places


def test_a_host_that_is_not_public_reaches_nobody_for_that() -> None:
    assert Needs.of(parse(with_values({}))).tunnel == ()
