"""A service is deployed through its host's agent, and told of as the host has it."""

from typing import Any

import pytest

from ocrfleet.agent.names import digest
from ocrfleet.plan.service import wanted_of
from ocrfleet.plan.texts import from_texts
from ocrfleet.provider.values import UNKNOWN, Secret, read
from tests.unit.plan.hosts import WANTED, page
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.inputs import POISON, service
from tests.unit.provider.wire import Start, Wire, failure
from tests.unit.remote.fakes import failed as refusal

SERVING = {
    "release": 1,
    "container": "ocrfleet-lab-1",
    "since": 1000,
    "strategy": "start-first",
    "outage_seconds": None,
}


def test_a_service_is_deployed_and_told_by_what_serves_then(wire: Wire, host: FakeHost) -> None:
    outputs = wire.create("Service", service())
    assert host.asked == ["facts", "check", "deploy", "job", "facts", "acknowledge"]
    assert outputs == {**service(), **SERVING, "drift": []}
    assert wire.heard.notes == ["deployed: release 1"]


def test_a_host_that_is_ours_already_is_not_asked_first(wire: Wire, host: FakeHost) -> None:
    host.told["owner"] = {"project": "ocrfleet", "stack": "lab"}
    wire.create("Service", service())
    assert host.asked == ["facts", "deploy", "job", "facts", "acknowledge"]


def test_the_host_is_asked_for_what_the_inputs_say(wire: Wire, host: FakeHost) -> None:
    wire.create("Service", service())
    assert host.payloads["deploy"]["wanted"] == WANTED
    assert host.payloads["deploy"]["owner"] == {"project": "ocrfleet", "stack": "lab"}


def test_a_secret_goes_to_a_file_and_nowhere_else(wire: Wire, host: FakeHost) -> None:
    outputs = wire.create("Service", service())
    assert host.session.files == {"/var/lib/ocrfleet/secrets/v1/api-key": (POISON.encode(), 0o444)}
    assert outputs["secrets"] == {"api-key": {"version": "v1", "value": Secret(POISON)}}
    assert POISON not in repr((host.payloads, host.session.commands, wire.heard, outputs))


def test_a_service_that_runs_already_is_taken_over(start: Start, host: FakeHost) -> None:
    outputs = start().create("Service", service())
    wire = start()
    assert wire.create("Service", service()) == outputs
    assert wire.heard.notes == ["unchanged: release 1"]


def test_a_preview_says_what_a_first_deploy_does_and_does_nothing(wire: Wire, host: FakeHost) -> None:
    outputs = wire.create("Service", service(), preview=True)
    assert (host.asked, host.session.files) == (["facts", "outlook", "check"], {})
    assert outputs == {**service(), **dict.fromkeys(SERVING, UNKNOWN), "drift": []}
    assert wire.heard.notes[0] == "start-first: nothing is serving yet"


@pytest.mark.parametrize("name", ["image", "proxyImage"])
def test_a_preview_of_images_that_are_not_built_yet_changes_nothing(wire: Wire, host: FakeHost, name: str) -> None:
    outputs = wire.create("Service", service(**{name: UNKNOWN}), preview=True)
    assert (host.asked, host.session.files) == (["facts", "outlook", "check"], {})
    assert outputs[name] == UNKNOWN


def test_a_preview_of_a_change_asks_whether_it_would_be_refused(start: Start, host: FakeHost) -> None:
    olds = start().create("Service", service())
    host.session.commands.clear()
    outputs = start().update("Service", olds, service(image=UNKNOWN), preview=True)
    assert (host.asked, outputs["release"]) == (["facts", "check"], UNKNOWN)


@pytest.mark.parametrize("preview", [True, False])
def test_what_would_be_refused_is_refused_before_anything_is_sent(wire: Wire, host: FakeHost, *, preview: bool) -> None:
    host.wrong["check"] = refusal(code=10, failed="port 8000 on the host is taken by something that is not ours")
    told = failure(lambda: wire.create("Service", service(), preview=preview))
    assert "port 8000 on the host is taken" in told.parts["failed"]
    assert "(ocrfleet exit code 10)" in told.message
    assert (host.asked, host.session.files) == (["facts", *["outlook"] * preview, "check"], {})


def test_a_change_is_another_release(wire: Wire, host: FakeHost) -> None:
    olds = wire.create("Service", service())
    outputs = wire.update("Service", olds, service(image="sha256:new"))
    assert (outputs["release"], outputs["image"]) == (2, "sha256:new")
    assert digest(host.manifests[2]) == digest({**WANTED, "image": "sha256:new"})


def test_a_rotated_key_is_no_other_release_and_the_plan_says_so(start: Start, host: FakeHost) -> None:
    olds = start().create("Service", service())
    news = service(secrets={"api-key": {"version": "v2", "value": Secret("n" * 32)}})
    wire = start()
    assert list(wire.diff("Service", olds, news).diffs) == ["secrets"]
    outputs = wire.update("Service", olds, news)
    assert (outputs["release"], host.manifests[1]["secrets"]) == (1, {"api-key": "v2"})
    assert wire.heard.notes == ["applied without restart of the engine: API keys", "settings applied: release 1"]
    assert list(start().diff("Service", outputs, news).diffs) == []


def test_what_a_rollback_pinned_is_left_alone(start: Start, host: FakeHost) -> None:
    olds = start().create("Service", service())
    host.told["pinned"] = 1
    host.session.commands.clear()
    assert start().update("Service", olds, service(image="sha256:new")) == olds
    assert host.asked == ["facts"]


@pytest.mark.parametrize("state", ["kept", "lost"])
def test_what_somebody_stopped_on_purpose_is_left_alone(start: Start, host: FakeHost, state: str) -> None:
    olds = start().create("Service", service())
    host.told["stopped"] = True
    host.session.commands.clear()
    wire = start()
    news = wire.update("Service", olds, service()) if state == "kept" else wire.create("Service", service())
    assert (news, host.asked) == (olds, ["facts"])


def test_a_new_way_to_log_in_is_kept_also_for_what_is_left_alone(start: Start, host: FakeHost) -> None:
    olds = start().create("Service", service())
    host.told["pinned"] = 1
    ssh = {**olds["ssh"], "user": "ada"}
    assert start().update("Service", olds, service(ssh=ssh))["ssh"] == ssh
    assert host.targets[-1].user == "ada"


def test_what_is_read_is_what_was_deployed(start: Start) -> None:
    outputs = start().create("Service", service())
    answer = start().read("Service", outputs, service())
    assert (answer.id, read(answer.properties), read(answer.inputs)) == ("lab", outputs, service())


def test_another_release_is_read_with_the_inputs_that_would_lead_to_it(start: Start, host: FakeHost) -> None:
    outputs = start().create("Service", service())
    other = service(image="sha256:other", keep=9)
    host.serve(wanted_of(from_texts(other, page), ("sha256:other", "sha256:proxy"), {"api-key": "v1"}))
    answer = start().read("Service", outputs, service())
    assert read(answer.inputs) == other
    assert read(answer.properties)["release"] == 2


def test_a_release_whose_record_is_damaged_is_read_as_it_was(start: Start, host: FakeHost) -> None:
    outputs = start().create("Service", service())
    host.manifests[1] = {}
    answer = start().read("Service", outputs, service())
    assert (read(answer.properties), read(answer.inputs)) == (outputs, service())


@pytest.mark.parametrize(("version", "value"), [("v1", POISON), ("v2", "")])
def test_a_secret_is_known_only_in_the_version_that_serves(
    start: Start, host: FakeHost, version: str, value: str
) -> None:
    outputs = start().create("Service", service())
    host.serve({**WANTED, "secrets": {"api-key": version}})
    secret = read(start().read("Service", outputs, service()).inputs)["secrets"]["api-key"]
    assert secret == {"version": version, "value": Secret(value)}


def test_a_service_that_was_removed_is_gone(start: Start, host: FakeHost) -> None:
    outputs = start().create("Service", service())
    host.told["serving"] = None
    assert start().read("Service", outputs, service()).id == ""


def test_what_was_changed_by_hand_is_read_with_a_warning(start: Start, host: FakeHost) -> None:
    outputs = start().create("Service", service())
    host.told["drift"] = ["the proxy's Caddyfile was edited"]
    wire = start()
    assert read(wire.read("Service", outputs, {}).properties)["drift"] == host.told["drift"]
    assert wire.heard.warnings == ["changed by hand: the proxy's Caddyfile was edited"]


def test_deleting_takes_the_service_off_its_host_for_its_owner_only(start: Start, host: FakeHost) -> None:
    outputs = start().create("Service", service())
    start().delete("Service", outputs)
    assert host.told["serving"] is None
    assert host.payloads["destroy"]["owner"] == {"project": "ocrfleet", "stack": "lab"}


def test_a_deleted_service_is_not_remembered(wire: Wire) -> None:
    outputs: dict[str, Any] = wire.create("Service", service())
    wire.delete("Service", outputs)
    assert wire.read("Service", outputs, service()).id == ""
