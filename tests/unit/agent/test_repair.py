"""What somebody changed by hand is seen, and put right without a new release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ocrfleet.agent.errors import NotRestored
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted


def remove(host: Host, name: str, *, edited: str = "") -> None:
    box = host.docker.named(name)
    assert box is not None
    del host.docker.boxes[box.id]
    if edited:
        write(host, edited, "http://:8080 # by hand\n")


def write(host: Host, name: str, text: str) -> None:
    (host.home.proxy / name).write_text(text)


def untag(host: Host, image: str) -> None:
    reference = next(ref for ref, known in host.docker.images.items() if known == image)
    del host.docker.images[reference]
    host.docker.nameless[image] = reference


def edit(host: Host, old: str, new: str) -> None:
    path = host.home.release(1) / "manifest.json"
    path.write_text(path.read_text().replace(old, new))


BY_HAND: dict[str, tuple[Callable[[Host], Any], list[str]]] = {
    "engine stopped": (
        lambda host: setattr(host.box(1), "running", False),
        ["release 1's container is not running"],
    ),
    "engine paused": (
        lambda host: setattr(host.box(1), "paused", True),
        ["release 1's container is not running"],
    ),
    "engine removed": (lambda host: remove(host, "ocrfleet-lab-1"), ["release 1's container was removed"]),
    "engine of another image": (
        lambda host: setattr(host.box(1), "image", "sha256:two"),
        ["release 1's container runs another image"],
    ),
    "engine with another address": (
        lambda host: host.box(1).networks.update({"ocrfleet-engines": "172.30.240.77"}),
        ["release 1's container has another address"],
    ),
    "proxy stopped": (lambda host: setattr(host.proxy, "running", False), ["the proxy is not running"]),
    "proxy paused": (lambda host: setattr(host.proxy, "paused", True), ["the proxy is not running"]),
    "proxy removed": (lambda host: remove(host, "ocrfleet-lab-proxy"), ["the proxy's container was removed"]),
    "proxy removed and its Caddyfile edited": (
        lambda host: remove(host, "ocrfleet-lab-proxy", edited="Caddyfile"),
        ["the proxy's container was removed", "the proxy's Caddyfile was edited"],
    ),
    "proxy made by hand": (
        lambda host: host.proxy.labels.update({"ocrfleet.config": "mine"}),
        ["the proxy's container is not the one of this release"],
    ),
    "proxy off the engines' network": (
        lambda host: host.proxy.networks.pop("ocrfleet-engines"),
        ["the proxy's container is not on the engines' network"],
    ),
    "Caddyfile edited": (
        lambda host: write(host, "Caddyfile", "http://:8080 # by hand\n"),
        ["the proxy's Caddyfile was edited"],
    ),
    "upstream edited": (
        lambda host: write(host, "upstream", "172.30.240.99"),
        ["requests go to another address than the serving release's"],
    ),
    "requests held": (lambda host: write(host, "upstream", "127.0.0.1"), ["requests are held"]),
    "key edited": (lambda host: write(host, "keys/current", "x" * 32), ["the proxy's API keys were edited"]),
    "image without its name": (
        lambda host: untag(host, "sha256:one"),
        ["release 1's image lost its name"],
    ),
    "proxy's image without its name": (
        lambda host: untag(host, "sha256:proxy"),
        ["the proxy's image lost its name"],
    ),
    "record edited": (
        lambda host: edit(host, "--psm=6", "--psm=7"),
        ["the record of what release 1 runs was edited"],
    ),
    "key removed": (
        lambda host: (host.home.proxy / "keys" / "next").unlink(),
        ["the proxy's API keys were edited"],
    ),
}


@pytest.mark.parametrize("what", BY_HAND)
def test_a_change_by_hand_is_seen(serving: Host, what: str) -> None:
    change, sentences = BY_HAND[what]
    change(serving)
    assert serving.ask("facts")["result"]["drift"] == sentences


@pytest.mark.parametrize("what", BY_HAND)
def test_a_change_by_hand_is_put_right_without_a_new_release(serving: Host, what: str) -> None:
    BY_HAND[what][0](serving)
    assert serving.deploy(wanted("one")) == {"outcome": "repaired", "release": 1}
    assert serving.unrest() == []
    assert serving.ask("facts")["result"]["drift"] == []
    assert serving.states == {1: "good"}


def test_a_host_that_is_as_it_should_be_is_left_alone(serving: Host) -> None:
    before = serving.photograph()
    assert serving.deploy(wanted("one")) == {"outcome": "unchanged", "release": 1}
    assert serving.photograph().files.keys() == before.files.keys()
    assert serving.box(1).starts == serving.proxy.starts == 1


def test_a_repair_keeps_when_the_release_began_to_serve(serving: Host) -> None:
    since = serving.site.state().since
    serving.box(1).running = False
    serving.deploy(wanted("one"))
    assert serving.site.state().since == since


def test_an_engine_that_had_to_be_started_passes_the_gate_again(serving: Host) -> None:
    serving.box(1).running = False
    serving.image("one", Behaviour(text="lorem ipsum dolor sit amet, consectetur"))
    with pytest.raises(NotRestored, match="could not be repaired: golden page: character error rate") as failed:
        serving.deploy(wanted("one"))
    assert failed.value.serving == "not known; it should be release 1"


def test_an_engine_that_cannot_be_started_is_said_and_tried_again_by_the_guard(serving: Host) -> None:
    serving.box(1).running = False
    serving.docker.unstartable.add("sha256:one")
    with pytest.raises(NotRestored, match="could not select device driver"):
        serving.deploy(wanted("one"))
    serving.docker.unstartable.clear()
    serving.guard()
    assert serving.unrest() == []


def test_a_repair_that_dies_is_no_open_swap(serving: Host) -> None:
    serving.box(1).running = False
    serving.world.break_on("POST /v1/chat", "die")
    serving.job("deploy", wanted=wanted("one"), owner={"project": "ocr", "stack": "spark"})
    serving.crash()
    serving.guard()
    assert serving.unrest() == []


def test_a_repair_leaves_a_pin_where_it_is(serving: Host) -> None:
    serving.deploy(wanted("two"))
    serving.rollback()
    serving.box(1).running = False
    serving.guard()
    assert serving.site.state().pinned == 1
