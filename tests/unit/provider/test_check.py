"""Inputs that cannot be right are refused by property, before the host is asked."""

from collections.abc import Callable
from typing import Any

import pytest

from ocrfleet.provider.inputs import IMAGE, LATER, SERVICE, inputs_of
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.inputs import SSH, image, service
from tests.unit.provider.wire import Wire

KINDS: dict[str, Callable[..., dict[str, Any]]] = {"Image": image, "Service": service}


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_program_declares_is_right(wire: Wire, host: FakeHost, kind: str) -> None:
    inputs = KINDS[kind]
    assert wire.check(kind, inputs()) == {}
    assert wire.check(kind, inputs(), inputs(ssh={**SSH, "user": "ada"})) == {}
    assert set(host.asked) <= {"facts"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [{"address": "192.0.2.2"}, {"port": 2222}])
def test_another_machine_under_the_same_stack_is_refused(
    wire: Wire, host: FakeHost, kind: str, change: dict[str, Any]
) -> None:
    inputs = KINDS[kind]
    news = {**SSH, **change}
    failures = wire.check(kind, inputs(ssh=news), inputs())
    where = f"{news['address']}:{news['port']}"
    assert failures.keys() == {"ssh"}
    failed, serving, changed, fix, code = failures["ssh"].strip().splitlines()
    assert failed == f"failed:  this stack was deployed to 192.0.2.1:22 and the host file now says {where}"
    assert (serving, changed) == ("serving: not asked; nothing was sent to the host", "changed: nothing")
    assert fix.startswith("next:    192.0.2.1:22 in the host file and pulumi destroy -s lab")
    assert code == "(ocrfleet exit code 10)"
    assert host.asked == []


@pytest.mark.parametrize("name", SERVICE)
def test_a_missing_input_is_named(wire: Wire, name: str) -> None:
    news = {key: value for key, value in service().items() if key != name}
    failures = wire.check("Service", news, service())
    assert failures.keys() == {name}
    assert failures[name].startswith(f"\nfailed:  Service has no input {name}\n")


def test_every_missing_input_is_named(wire: Wire) -> None:
    assert wire.check("Image", {"host": "lab"}).keys() == image().keys() - {"host"}


def test_the_inputs_of_an_older_state_are_whole() -> None:
    older = {name: value for name, value in image().items() if name not in LATER}
    assert inputs_of(older, IMAGE) == image()
    with pytest.raises(KeyError):
        inputs_of({}, IMAGE)
