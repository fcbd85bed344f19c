"""A difference is one between what is wanted and what the host is, and it is shown line by line."""

from collections.abc import Callable
from difflib import ndiff
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocrfleet.errors import Unreachable
from ocrfleet.provider.messages import provider_pb2
from ocrfleet.provider.values import UNKNOWN, Secret
from tests.unit.plan.hosts import SERVICE
from tests.unit.provider.fakes import BASE, FakeHost
from tests.unit.provider.inputs import DOCKERFILE, SSH, image, service
from tests.unit.provider.wire import Start, Wire, failure

NONE, SOME = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
OTHER_SSH = {**SSH, "user": "ada"}
ROTATED = {"api-key": {"version": "v2", "value": Secret("another")}}
CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a flag": ({"run": [*SERVICE["run"], "--new"]}, ["run"]),
    "the proxy": ({"caddyfile": ":80"}, ["caddyfile"]),
    "the gate": ({"gate": {}}, ["gate"]),
    "what is kept": ({"keep": 9}, ["settings"]),
    "the engine's image": ({"image": "sha256:new"}, ["image"]),
    "an image that is not built": ({"proxyImage": UNKNOWN}, ["proxyImage"]),
    "a secret": ({"secrets": ROTATED}, ["secrets"]),
    "several": ({"keep": 9, "image": UNKNOWN, "secrets": ROTATED}, ["settings", "image", "secrets"]),
    "the login": ({"ssh": OTHER_SSH}, ["ssh"]),
}


def properties(answer: Any) -> list[str]:
    """What a diff names, after a look at how it names it."""
    assert answer.hasDetailedDiff
    assert answer.changes == (SOME if answer.diffs else NONE)
    assert answer.detailedDiff.keys() == set(answer.diffs)
    assert not answer.replaces
    return list(answer.diffs)


@pytest.fixture
def olds(start: Start) -> dict[str, Any]:
    """What an earlier run left in the state."""
    return start().create("Service", service())


@pytest.fixture
def built(start: Start) -> dict[str, Any]:
    """An image an earlier run left in the state."""
    return start().create("Image", image())


def test_the_same_again_is_no_difference(start: Start, olds: dict[str, Any], built: dict[str, Any]) -> None:
    wire = start()
    assert properties(wire.diff("Service", olds, service())) == []
    assert properties(wire.diff("Image", built, image())) == []
    assert (wire.heard.notes, wire.heard.warnings) == ([], [])


@pytest.mark.parametrize(("changes", "named"), CHANGES.values(), ids=CHANGES.keys())
def test_what_changed_is_named(wire: Wire, olds: dict[str, Any], changes: dict[str, Any], named: list[str]) -> None:
    assert properties(wire.diff("Service", olds, service(**changes))) == named


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([change for change, _ in CHANGES.values()])))
def test_a_service_is_never_replaced(wire: Wire, olds: dict[str, Any], changes: list[dict[str, Any]]) -> None:
    news = service(**{name: value for change in changes for name, value in change.items()})
    answer = wire.diff("Service", olds, {**news, "owner": {"project": "other", "stack": "lab"}})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == ([], False)
    kinds = {one.kind for one in answer.detailedDiff.values()}
    assert kinds <= {provider_pb2.PropertyDiff.UPDATE}


def test_a_changed_flag_is_one_line(olds: dict[str, Any]) -> None:
    news = service(run=[*SERVICE["run"], "--new"])
    assert changed_lines(olds["run"], news["run"]) == ["+ --new"]


def test_a_changed_step_of_a_dockerfile_is_one_line(wire: Wire, built: dict[str, Any]) -> None:
    news = image(files={**image()["files"], "Dockerfile": DOCKERFILE.replace("tea\nCMD", "coffee\nCMD")})
    assert properties(wire.diff("Image", built, news)) == ["files"]
    changed = changed_lines(built["files"]["Dockerfile"], news["files"]["Dockerfile"])
    assert changed == ["- RUN make tea", "+ RUN make coffee"]


def test_a_change_is_told_with_its_strategy_and_outage(wire: Wire, olds: dict[str, Any]) -> None:
    wire.diff("Service", olds, service(image="sha256:new"))
    strategy, outage, disk, kept = wire.heard.notes
    assert strategy.startswith("start-first: ")
    assert outage.startswith("expected outage: none")
    assert disk == "disk: nothing to build, 80.0 GiB free"
    assert kept == "kept for a rollback: release 2, 3; pruned: release 1"


def test_what_was_changed_by_hand_is_a_difference(start: Start, host: FakeHost, olds: dict[str, Any]) -> None:
    host.told["drift"] = ["release 1's container was removed"]
    wire = start()
    assert properties(wire.diff("Service", olds, service())) == ["release"]
    assert wire.heard.notes == ["changed by hand: release 1's container was removed"]


def test_a_release_the_state_does_not_know_of_is_a_difference(
    start: Start, host: FakeHost, olds: dict[str, Any]
) -> None:
    host.serve(host.manifests[1])
    assert properties(start().diff("Service", olds, service())) == ["release"]
    assert start().update("Service", olds, service())["release"] == 2


@pytest.mark.parametrize(("told", "word"), [({"pinned": 1}, "unpin lab"), ({"stopped": True}, "start lab")])
def test_what_is_left_alone_is_no_difference_but_a_warning(
    start: Start, host: FakeHost, olds: dict[str, Any], told: dict[str, Any], word: str
) -> None:
    host.told.update(told)
    wire = start()
    assert properties(wire.diff("Service", olds, service())) == []
    assert properties(wire.diff("Service", olds, service(ssh=OTHER_SSH))) == ["ssh"]
    assert wire.heard.warnings[0].endswith(f"left alone until: ocrfleet {word}")


def test_an_image_of_a_pinned_release_is_no_difference(start: Start, host: FakeHost, built: dict[str, Any]) -> None:
    host.told["pinned"] = 1
    news = image(files={"Dockerfile": DOCKERFILE + "USER tea\n"})
    assert properties(start().diff("Image", built, news)) == []
    assert start().update("Image", built, news) == built


def test_an_image_that_was_removed_is_a_difference(start: Start, host: FakeHost, built: dict[str, Any]) -> None:
    host.told["images"] = {BASE: "sha256:base"}
    wire = start()
    assert properties(wire.diff("Image", built, image())) == ["image"]
    assert wire.heard.notes == ["the image is not on the host any more; it will be built again"]


def test_a_new_limit_is_a_difference_without_a_build(start: Start, host: FakeHost, built: dict[str, Any]) -> None:
    host.session.commands.clear()
    wire = start()
    assert properties(wire.diff("Image", built, image(limitSeconds=60))) == ["limitSeconds"]
    assert wire.update("Image", built, image(limitSeconds=60))["limitSeconds"] == 60
    assert host.asked == ["facts"]


CALLS: dict[str, Callable[[Wire, str, Any, Any], Any]] = {
    "diff": lambda wire, kind, olds, news: wire.diff(kind, olds, news),
    "preview": lambda wire, kind, _, news: wire.create(kind, news, preview=True),
    "create": lambda wire, kind, _, news: wire.create(kind, news),
    "update": lambda wire, kind, olds, news: wire.update(kind, olds, news),
    "read": lambda wire, kind, olds, news: wire.read(kind, olds, news),
}


@pytest.mark.parametrize("kind", ["Image", "Service"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_host_that_does_not_answer_is_an_error_and_no_guess(
    wire: Wire, host: FakeHost, kind: str, call: Callable[[Wire, str, Any, Any], Any]
) -> None:
    host.wrong = {"facts": Unreachable("lab", reason="no route to host")}
    news = image() if kind == "Image" else service()
    failed = failure(lambda: call(wire, kind, {**news, "image": "sha256:engine", "release": 1}, news))
    assert failed.parts["failed"] == "no answer from lab: no route to host"
    assert (failed.parts["serving"], failed.parts["changed"]) == ("not known", "nothing")
    assert "(ocrfleet exit code 40)" in failed.message


def changed_lines(old: str, new: str) -> list[str]:
    return [line for line in ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"]
