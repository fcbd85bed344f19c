"""Numbers of releases are for ever, their addresses as long as somebody may look there."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.networks import engine_address
from ocrfleet.agent.releases import GOOD, PRUNED
from tests.unit.agent.host import Host
from tests.unit.agent.pruning import BAD
from tests.unit.agent.wanted import OWNER, wanted


def test_numbers_are_never_used_twice(host: Host) -> None:
    for image in ("one", "two", "three", "one", "two"):
        host.image(image)
        host.deploy(wanted(image, keep=1))
    assert host.states == {1: PRUNED, 2: PRUNED, 3: PRUNED, 4: GOOD, 5: GOOD}


def test_a_release_whose_record_was_never_written_keeps_its_number(serving: Host) -> None:
    serving.home.release(2).mkdir()
    assert serving.deploy(wanted("two"))["release"] == 3


def test_no_two_kept_releases_have_the_same_address(host: Host) -> None:
    for image in ("one", "two", "three"):
        host.deploy(wanted(image))
    addresses = [one.address for one in host.site.releases.all()]
    assert addresses == ["172.30.240.3", "172.30.240.4", "172.30.240.5"]


def test_the_address_of_a_failed_release_is_not_used_while_it_is_kept(serving: Host) -> None:
    serving.image("two", BAD)
    serving.job("deploy", wanted=wanted("two"), owner=OWNER)
    serving.deploy(wanted("three"))
    assert serving.release(3).address == "172.30.240.5"


def test_only_the_address_of_a_pruned_release_is_used_again(host: Host) -> None:
    for image in ("one", "two", "three", "one"):
        host.image(image)
        host.deploy(wanted(image, keep=2))
    assert {one.release: (one.state, one.address) for one in host.site.releases.all()} == {
        1: (PRUNED, "172.30.240.3"),
        2: (PRUNED, "172.30.240.4"),
        3: (GOOD, "172.30.240.5"),
        4: (GOOD, "172.30.240.3"),
    }


def test_a_network_without_a_free_address_is_refused() -> None:
    assert engine_address("10.0.0.0/29", {"10.0.0.3"}) == "10.0.0.4"
    with pytest.raises(Refused, match=r"no address is left in 10\.0\.0\.0/29"):
        engine_address("10.0.0.0/29", {f"10.0.0.{number}" for number in range(3, 7)})
