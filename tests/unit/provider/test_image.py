"""An image is built where it is missing, once, and never taken from a host."""

from typing import Any

import pytest

from ocrfleet.errors import Unreachable
from ocrfleet.provider.values import UNKNOWN, read
from tests.unit.provider.fakes import BASE, FakeHost, ended
from tests.unit.provider.inputs import DOCKERFILE, image
from tests.unit.provider.wire import Start, Wire, failure


def test_an_image_is_built_and_told_by_its_reference_and_id(wire: Wire, host: FakeHost) -> None:
    host.log = "#1 FROM\n\n  #2 RUN make tea \n"
    outputs = wire.create("Image", image())
    assert host.asked == ["facts", "check", "build", "job"]
    assert host.told["images"][outputs["reference"]] == outputs["image"]
    assert outputs.items() >= image().items()
    assert wire.heard.statuses == ["#1 FROM", "#2 RUN make tea"]


def test_a_build_is_asked_for_with_everything_that_decides_what_is_in_it(wire: Wire, host: FakeHost) -> None:
    wire.create("Image", image(limitSeconds=60))
    plan = host.payloads["build"]["plan"]
    expected = {"host": "lab", "name": "engine", "bases": [BASE], "arch": "amd64", "limit_seconds": 60, "secrets": []}
    assert plan.items() >= expected.items()


def test_an_image_that_is_there_is_not_built_again(wire: Wire, host: FakeHost) -> None:
    outputs = wire.create("Image", image())
    host.session.commands.clear()
    assert wire.create("Image", image()) == outputs
    assert host.asked == ["facts"]


def test_a_preview_asks_the_host_and_builds_nothing(wire: Wire, host: FakeHost) -> None:
    outputs = wire.create("Image", image(), preview=True)
    assert (host.asked, host.session.files) == (["facts"], {})
    assert outputs["image"] == UNKNOWN
    assert outputs["reference"].startswith("ocrfleet/lab-engine:")


def test_a_preview_knows_an_image_that_is_there(wire: Wire) -> None:
    built = wire.create("Image", image())
    assert wire.create("Image", image(), preview=True)["image"] == built["image"]


@pytest.mark.parametrize("preview", [True, False])
def test_another_machine_than_the_host_file_says_is_refused(wire: Wire, host: FakeHost, *, preview: bool) -> None:
    failed = failure(lambda: wire.create("Image", image(arch="arm64"), preview=preview))
    assert failed.parts["failed"] == "the host is amd64, its host file says arm64"
    assert host.asked == ["facts"]


def test_another_machine_is_refused_also_where_the_image_is_there(wire: Wire) -> None:
    outputs = wire.create("Image", image())
    failed = failure(lambda: wire.diff("Image", outputs, image(arch="arm64")))
    assert failed.parts["next"] == "set arch: amd64 in hosts/lab.yaml"


@pytest.mark.parametrize(
    ("told", "why"),
    [({"docker": "Docker is rootless"}, "Docker is rootless"), ({"images": {}}, f"the base image {BASE} is not")],
)
def test_what_makes_a_build_impossible_is_said_by_a_preview(
    wire: Wire, host: FakeHost, told: dict[str, Any], why: str
) -> None:
    host.told.update(told)
    failed = failure(lambda: wire.create("Image", image(), preview=True))
    assert failed.parts["failed"].startswith(why)
    assert "(ocrfleet exit code 10)" in failed.message


def test_a_changed_dockerfile_is_built_and_its_old_image_is_left(wire: Wire, host: FakeHost) -> None:
    olds = wire.create("Image", image())
    news = wire.update("Image", olds, image(files={"Dockerfile": DOCKERFILE + "USER tea\n"}))
    assert news["image"] != olds["image"]
    assert {olds["image"], news["image"]} < set(host.told["images"].values())


def test_reading_an_image_that_is_there_tells_what_is_known_of_it(wire: Wire) -> None:
    outputs = wire.create("Image", image())
    answer = wire.read("Image", outputs, image())
    assert (answer.id, read(answer.properties), read(answer.inputs)) == ("lab", outputs, image())


def test_reading_without_inputs_finds_them_in_the_outputs(wire: Wire) -> None:
    assert read(wire.read("Image", wire.create("Image", image()), {}).inputs) == image()


def test_an_image_that_was_removed_is_gone(start: Start, host: FakeHost) -> None:
    outputs = start().create("Image", image())
    host.told["images"] = {BASE: "sha256:base"}
    assert start().read("Image", outputs, image()).id == ""


@pytest.mark.parametrize("wrong", [{"docker": "Docker does not answer", "images": {}}, None])
def test_an_image_nobody_can_look_for_is_not_called_gone(wire: Wire, host: FakeHost, wrong: Any) -> None:
    outputs = {**image(), "reference": "ocrfleet/lab-engine:1", "image": "sha256:engine"}
    host.told.update(wrong or {})
    host.wrong = {} if wrong else {"facts": Unreachable("lab", reason="no route")}
    assert failure(lambda: wire.read("Image", outputs, image())).parts["serving"] == "not known"


def test_an_image_stays_on_its_host_when_its_resource_is_deleted(wire: Wire, host: FakeHost) -> None:
    outputs = wire.create("Image", image())
    host.session.commands.clear()
    wire.delete("Image", outputs)
    assert host.asked == []
    assert wire.heard.notes == ["the image stays on the host; ocrfleet prune removes it there a day after it was built"]


def test_a_build_that_fails_leaves_no_resource(wire: Wire, host: FakeHost) -> None:
    host.wrong = {"job": ended(20, failed="the image engine did not build (exit code 1)")}
    failed = failure(lambda: wire.create("Image", image()))
    assert failed.parts["failed"] == "the image engine did not build (exit code 1)"
    assert failed.half is None
