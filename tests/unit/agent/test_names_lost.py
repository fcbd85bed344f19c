"""An image that lost its name is still known by what we called it, so nothing is built again for that."""

from __future__ import annotations

from ocrfleet.agent.docker import Docker
from tests.unit.agent.host import Host

NAME, IMAGE = "ocrfleet/lab-one:1", "sha256:one"


def test_it_is_found_under_the_name_it_had(host: Host) -> None:
    host.docker.nameless[host.docker.images.pop(NAME)] = NAME
    assert host.site.docker.images()[NAME] == IMAGE
    assert host.site.docker.named_and_lost()[1] == {NAME: IMAGE}


def test_a_name_that_another_image_has_by_now_is_that_ones(host: Host) -> None:
    host.docker.images[NAME] = "sha256:newer"
    host.docker.nameless[IMAGE] = NAME
    assert host.site.docker.images()[NAME] == "sha256:newer"
    assert host.site.docker.named_and_lost()[1] == {}


def test_an_image_that_never_was_ours_stays_without_a_name(host: Host) -> None:
    host.docker.nameless["sha256:theirs"] = ""
    assert "sha256:theirs" not in host.site.docker.images().values()


def test_without_such_images_nobody_asks_for_them(host: Host) -> None:
    host.world.calls.clear()
    Docker(host.world).images()
    assert host.world.calls == ["docker images --no-trunc"]
