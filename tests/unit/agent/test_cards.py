"""On a machine with several GPUs an engine's memory is that of the card it gets, however full the others are."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.agent.memory import Memory, cards_of, measure
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted

FULL, FREE = "GPU-0000000a-89ab-cdef-0123-456789abcdef", "GPU-0000000b-89ab-cdef-0123-456789abcdef"
RUN = wanted()["service"]["run"]


def on(card: str, image: str = "one", **changes: Any) -> dict[str, Any]:
    """A wish whose engine gets one card."""
    return wanted(image, run=[*RUN[:-2], f"--gpus=device={card}", *RUN[-2:]], **changes)


@pytest.fixture
def two_cards(host: Host) -> Host:
    """A host with a card that somebody else has filled, and one that is free."""
    host.outside.cards = {FULL: 300, FREE: 81_920}
    return host


def deploy(host: Host, wish: dict[str, Any]) -> dict[str, Any]:
    return host.job("deploy", wanted=wish, owner=OWNER)


@pytest.mark.parametrize(
    ("words", "cards"),
    [
        ([], ()),
        (["--gpus=all"], ()),
        ([f"--gpus=device={FREE}"], (FREE,)),
        ([f"--gpus=device={FREE},{FULL}"], (FREE, FULL)),
        (["@image", f"--gpus=device={FREE}"], ()),
    ],
    ids=["no card", "every card", "one", "two", "the server's own flag"],
)
def test_the_cards_of_a_release_are_those_its_container_gets(words: list[str], cards: tuple[str, ...]) -> None:
    assert cards_of({"run": ["docker", "create", *words]}) == cards


def test_what_is_measured_is_the_chosen_card_and_without_one_the_fullest(two_cards: Host) -> None:
    assert measure(two_cards.world, on(FREE)["service"]) == Memory(80.0, "gpu")
    assert measure(two_cards.world, on(FULL)["service"]) == Memory(0.29, "gpu")
    assert measure(two_cards.world, wanted()["service"]) == measure(two_cards.world) == Memory(0.29, "gpu")


def test_a_deploy_to_the_free_card_is_not_refused_for_the_full_one(two_cards: Host) -> None:
    assert deploy(two_cards, on(FREE))["code"] == 0
    error = deploy(two_cards, on(FULL, "two"))["error"]
    assert error["failed"] == "the engine needs 8.0 GiB of memory: 0.29 GiB gpu memory free"


def test_what_serves_on_one_card_makes_no_room_on_another(two_cards: Host) -> None:
    deploy(two_cards, on(FREE))
    error = deploy(two_cards, on(FULL, "two", engine__memory_gib=4.0))["error"]
    assert error["failed"] == "the engine needs 4.0 GiB of memory: 0.29 GiB gpu memory free"


def test_the_strategy_follows_the_chosen_card(two_cards: Host) -> None:
    deploy(two_cards, on(FREE))
    deploy(two_cards, on(FREE, "two"))
    assert two_cards.release(2).strategy == START_FIRST


def test_a_stopped_service_starts_on_the_free_card(two_cards: Host) -> None:
    deploy(two_cards, on(FREE))
    two_cards.job("stop")
    assert two_cards.job("start")["code"] == 0


def test_nobody_waits_for_memory_of_another_card(two_cards: Host) -> None:
    deploy(two_cards, on(FREE))
    two_cards.image("two", Behaviour(text="lorem ipsum"))
    began = two_cards.outside.seconds
    deploy(two_cards, on(FREE, "two", cutover__strategy=STOP_FIRST))
    assert two_cards.outside.seconds - began < 20
    assert not [line for line in two_cards.said if "memory is not back" in line]
    assert two_cards.unrest() == []


def test_what_an_engine_holds_is_measured_on_its_own_card(two_cards: Host) -> None:
    two_cards.outside.holding = FREE
    two_cards.image("one", Behaviour(holds_gib=12.0))
    deploy(two_cards, on(FREE))
    assert two_cards.release(1).peak_gib == 12.0
    two_cards.image("one", Behaviour(holds_gib=20.0))
    deploy(two_cards, on(FREE, "two", cutover__strategy=STOP_FIRST))
    assert two_cards.release(1).peak_gib == 20.0


def test_the_facts_tell_of_the_card_that_serves(two_cards: Host) -> None:
    assert two_cards.ask("facts")["result"]["memory"] == {"free_gib": 0.29, "kind": "gpu"}
    deploy(two_cards, on(FREE))
    assert two_cards.ask("facts")["result"]["memory"] == {"free_gib": 80.0, "kind": "gpu"}
