"""A machine that cannot do what is asked is told so before anything long is begun, once a run."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ocrfleet.errors import Unreachable
from ocrfleet.plan.needs import TUNNEL, Needs
from tests.unit.plan.hosts import WANTED
from tests.unit.plan.machines import said
from tests.unit.plan.machines import told as machine
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.inputs import image, model, service
from tests.unit.provider.wire import Start, Wire, failure

NEEDS = Needs("lab", "ocr", "any", 8000, 0.5, ("ocrfleet-lab/debian:bookworm",), None, None, has_tunnel=False)
AWAY = said(code=1, err="[Errno -2] Name or service not known")
CASES: dict[str, tuple[Any, Any]] = {
    "Image": (lambda needs: image(needs=needs), "build"),
    "Model": (lambda needs: model(needs=needs), "fetch"),
    "Service": (lambda needs: service(needs=needs), "deploy"),
}


def told(**answers: Any) -> dict[str, Any]:
    return {**machine("", **{"groups": said("ocr docker"), **answers}), "now": time.time()}


@pytest.mark.parametrize(("kind", "case"), CASES.items(), ids=CASES)
def test_it_is_refused_with_ten_and_what_is_short(wire: Wire, host: FakeHost, kind: str, case: tuple[Any, str]) -> None:
    inputs, task = case
    host.wrong["probe"] = told(groups=said("ocr sudo"))
    failed = failure(lambda: wire.create(kind, inputs(NEEDS.text())))
    assert failed.message.splitlines()[1:3] == [
        f"failed:  lab cannot {task} this:",
        "         group: ocr is not in the group docker: usermod -aG docker ocr, as root",
    ]
    assert failed.parts["next"] == "put that right; ocrfleet preflight lab looks again"
    assert "(ocrfleet exit code 10)" in failed.message
    assert set(host.asked) == {"facts", "probe"}
    assert host.session.files == {}


@pytest.mark.parametrize(("kind", "case"), CASES.items(), ids=CASES)
def test_a_machine_that_can_is_asked_once_and_used(
    wire: Wire, host: FakeHost, kind: str, case: tuple[Any, str]
) -> None:
    host.wrong["probe"] = told()
    wire.create("Image", image(needs=NEEDS.text(), name="proxy"))
    wire.create(kind, case[0](NEEDS.text()))
    assert host.asked.count("probe") == 1


def test_what_is_there_needs_no_look(start: Start, host: FakeHost) -> None:
    host.wrong["probe"] = told()
    start().create("Image", image(needs=NEEDS.text()))
    host.serve(WANTED)
    host.session.commands.clear()
    host.wrong["probe"] = told(groups=said("ocr sudo"))
    wire = start()
    wire.create("Image", image(needs=NEEDS.text()))
    olds = {**service(), "release": 1}
    wire.update("Service", olds, service(needs=NEEDS.text()))
    assert "probe" not in host.asked


def test_a_preview_does_not_look(wire: Wire, host: FakeHost) -> None:
    wire.create("Image", image(needs=NEEDS.text()), preview=True)
    assert host.asked == ["facts"]


def test_a_registry_that_is_not_reached_hinders_a_build_and_no_deploy(wire: Wire, host: FakeHost) -> None:
    needs = Needs(**{**vars(NEEDS), "bases": ("vllm/vllm-openai:v0.33.0",)}).text()
    host.wrong["probe"] = told(**{"reach registry-1.docker.io:443": AWAY})
    wire.create("Service", service(needs=needs))
    failed = failure(lambda: wire.create("Image", image(needs=needs)))
    assert "registry: registry-1.docker.io:443 is not reached ([Errno -2]" in failed.message


@pytest.mark.parametrize(("kind", "case"), CASES.items(), ids=CASES)
def test_a_tunnel_that_is_not_reached_hinders_a_host_with_public_names(
    wire: Wire, host: FakeHost, kind: str, case: tuple[Any, str]
) -> None:
    public = Needs(**{**vars(NEEDS), "has_tunnel": True}).text()
    host.wrong["probe"] = told(**{f"reach {TUNNEL}": AWAY})
    failed = failure(lambda: wire.create(kind, case[0](public)))
    assert f"tunnel: {TUNNEL} is not reached ([Errno -2]" in failed.message
    assert host.session.files == {}


def test_a_look_that_failed_is_taken_again(wire: Wire, host: FakeHost) -> None:
    host.wrong["probe"] = Unreachable("lab", reason="Connection reset by peer")
    failed = failure(lambda: wire.create("Image", image(needs=NEEDS.text())))
    assert "(ocrfleet exit code 40)" in failed.message
    host.wrong["probe"] = told()
    wire.create("Image", image(needs=NEEDS.text()))


def test_needs_that_changed_alone_change_nothing(start: Start, host: FakeHost) -> None:
    outputs = start().create("Image", image())
    host.serve(WANTED)
    wire = start()
    assert list(wire.diff("Image", outputs, image(needs=NEEDS.text())).diffs) == []
    assert list(wire.diff("Service", {**service(), "release": 1}, service(needs=NEEDS.text())).diffs) == []
