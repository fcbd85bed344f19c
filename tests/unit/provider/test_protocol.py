"""What the engine asks of every provider, and what it is told when it asks for what there is not."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from ocrfleet.provider import values
from ocrfleet.provider.messages import plugin_pb2, provider_pb2
from ocrfleet.provider.server import VERSION
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.wire import Wire, failure, served

CALLS: dict[str, Callable[[Wire, str], Any]] = {
    "check": lambda wire, kind: wire.check(kind, {"x": 1}),
    "diff": lambda wire, kind: wire.diff(kind, {}, {}),
    "create": lambda wire, kind: wire.create(kind, {}),
    "update": lambda wire, kind: wire.update(kind, {}, {}),
    "read": lambda wire, kind: wire.read(kind, {"x": 1}, {}),
    "delete": lambda wire, kind: wire.delete(kind, {}),
}


def test_it_tells_its_version(wire: Wire) -> None:
    assert wire.stub.GetPluginInfo(Empty()).version == VERSION


def test_it_can_be_attached_to(wire: Wire) -> None:
    assert wire.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1")) == Empty()


def test_secrets_and_previews_reach_it(wire: Wire) -> None:
    answer = wire.stub.Configure(provider_pb2.ConfigureRequest())
    assert (answer.acceptSecrets, answer.supportsPreview) == (True, True)
    assert (answer.acceptOutputs, answer.acceptResources) == (False, False)


def test_its_own_settings_are_taken_as_they_are(wire: Wire) -> None:
    news = values.write({"version": "0.1.0"})
    answer = wire.stub.CheckConfig(provider_pb2.CheckRequest(news=news))
    assert (answer.inputs, list(answer.failures)) == (news, [])


def test_its_own_settings_never_replace_what_it_provides(wire: Wire) -> None:
    request = provider_pb2.DiffRequest(olds=values.write({"version": "1"}), news=values.write({"version": "2"}))
    answer = wire.stub.DiffConfig(request)
    assert (answer.changes, list(answer.replaces)) == (provider_pb2.DiffResponse.DIFF_NONE, [])


def test_a_schema_is_something_the_engine_can_do_without(wire: Wire) -> None:
    with pytest.raises(grpc.RpcError) as error:
        wire.stub.GetSchema(provider_pb2.GetSchemaRequest())
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_cancel_may_come_at_any_time_and_twice(wire: Wire) -> None:
    assert [wire.stub.Cancel(Empty()) for _ in range(2)] == [Empty(), Empty()]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_resource_of_no_type_of_ours_is_refused_by_its_name(wire: Wire, host: FakeHost, call: Any) -> None:
    failed = failure(lambda: call(wire, "Tunnel"))
    assert failed.parts["failed"] == "this provider has no resource of the type ocrfleet:index:Tunnel"
    assert "(ocrfleet exit code 10)" in failed.message
    assert host.asked == []


@pytest.mark.parametrize("kind", ["Image", "Service"])
def test_nothing_is_imported_since_a_deploy_takes_over_what_is_there(wire: Wire, host: FakeHost, kind: str) -> None:
    failed = failure(lambda: wire.read(kind, {}, {}))
    assert "cannot be imported" in failed.parts["failed"]
    assert failed.parts["next"].startswith("pulumi up -s lab")
    assert host.asked == []


@pytest.mark.parametrize("call", [*CALLS.values()][1:], ids=[*CALLS][1:])
def test_a_provider_that_cannot_start_says_so_at_every_call_but_a_check(call: Any) -> None:
    def broken() -> Any:
        raise ImportError("no module named fabric")

    with served(broken) as wire:
        failed = failure(lambda: call(wire, "Image"))
    assert "ImportError" in failed.parts["failed"]
    assert "(ocrfleet exit code 40)" in failed.message
