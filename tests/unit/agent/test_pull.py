"""Real connections: pieces come as they are sent, an early end and silence are told, nothing else is followed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ocrfleet.agent.fetch import Fetch, fetch
from ocrfleet.agent.home import Home
from ocrfleet.agent.machine import Machine
from ocrfleet.agent.models import flaw
from ocrfleet.agent.pull import Pulled, pull
from ocrfleet.agent.site import Site
from tests.unit.agent.hubs import COMMIT, FILES, LIST, MODEL, REPO, WEIGHTS, Answer, FakeHub
from tests.unit.agent.hubserver import served
from tests.unit.agent.weights import BYTES, RESOLVE


class Hasty(Machine):
    """A machine on which no pause takes time."""

    def sleep(self, seconds: float) -> None:
        self.paused = seconds


def taken(url: str, seconds: float = 5.0) -> tuple[Pulled, bytes]:
    body = bytearray()
    return pull(url, headers={}, seconds=seconds, take=lambda _, piece: body.extend(piece)), bytes(body)


def test_a_model_comes_over_real_connections_across_drops(tmp_path: Path) -> None:
    hub, home = FakeHub(cuts={BYTES: [3000, 1]}), Home(tmp_path)
    said: list[str] = []
    site = Site(Hasty(home.reserve), home, said.append)
    home.make(site.world)
    with served(hub) as base:
        done = fetch(site, Fetch.parse({**MODEL, "hub": base}), who="ana@mac")
    assert done == {"fetched": sum(map(len, FILES.values()))}
    assert flaw(home, REPO, COMMIT) is None
    assert [begin for path, begin, _ in hub.asked if path == BYTES] == [None, "bytes=3000-", "bytes=3001-"]
    assert "the hub: the answer ended 7240 bytes early; trying again in 1 s" in said


def test_what_comes_is_what_was_sent_and_a_redirect_is_not_followed() -> None:
    with served(FakeHub()) as base:
        head, body = taken(f"{base}{RESOLVE}config.json")
        assert (head.status, head.why, body) == (200, "", FILES["config.json"])
        assert head.headers["content-length"] == str(len(body))
        assert taken(f"{base}{RESOLVE}{WEIGHTS}")[0].status == 302


def test_an_early_end_is_told() -> None:
    with served(FakeHub(wrong={LIST: [Answer(200, {}, b"x" * 100, 40)]})) as base:
        head, body = taken(f"{base}{LIST}")
    assert (head.status, head.why, len(body)) == (200, "the answer ended 60 bytes early", 40)


def test_silence_is_told_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        head, _ = taken(f"http://127.0.0.1:{deaf.getsockname()[1]}/", seconds=0.05)
    assert head == Pulled(0, {}, "it fell silent")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "file:///etc/passwd", "http://", "http://[x", "http://a:b/"])
def test_what_cannot_be_asked_is_told(url: str) -> None:
    head, body = taken(url)
    assert (head.status, body) == (0, b"")
    assert head.why


def test_what_the_taker_raises_ends_it() -> None:
    def full(_: Pulled, __: bytes) -> None:
        raise OSError(28, "No space left on device")

    with served(FakeHub()) as base, pytest.raises(OSError, match="No space left"):
        pull(f"{base}{RESOLVE}config.json", headers={}, seconds=5.0, take=full)
