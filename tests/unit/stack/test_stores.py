"""A stack takes its secrets from the store of its host file, and keeps them as encrypted as Pulumi's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pulumi  # noqa: TID251  Pulumi's side
import pytest

from tests.loopback.secrets.fourstores import Stores, four_stores
from tests.unit.stack.program import KEY, Stack

OTHER = "o" * 40
KEPT = ("age", "esc", "env")


@pytest.fixture
def stores(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    """The stack's stores; its own configuration has nothing."""
    with four_stores(stack.project, tmp_path, monkeypatch) as stores:
        stack.config = {}
        yield stores


def told(stack: Stack) -> str:
    """What the operator is told of a stack that is refused."""
    with pytest.raises(pulumi.RunError) as error:
        stack.run()
    assert "Service lab" not in stack.engine.declared
    return str(error.value)


@pytest.mark.parametrize("kind", KEPT)
def test_the_service_gets_what_the_store_has(stack: Stack, stores: Stores, kind: str) -> None:
    stores.use(kind)
    stores.plant(kind, KEY)
    kept = stack.run().declared["Service lab"].inputs["secrets"]["api-key"]
    stores.use("config")
    stack.config = {"ocrfleet:api-key": KEY}
    assert stack.run().declared["Service lab"].inputs["secrets"]["api-key"] == kept


@pytest.mark.parametrize("kind", KEPT)
def test_a_value_goes_to_the_engine_as_a_secret_only(stack: Stack, stores: Stores, kind: str) -> None:
    stores.use(kind)
    stores.plant(kind, KEY)
    (secrets,) = (stack.run().declared["Service lab"].request.object.fields["secrets"],)
    value = secrets.struct_value.fields["api-key"].struct_value.fields["value"].struct_value.fields
    assert value["4dabf18193072939515e22adb298388d"].string_value == "1b47061264138c4ac30d75fd1eb44270"
    assert value["value"].string_value == KEY


@pytest.mark.parametrize("kind", KEPT)
def test_a_store_without_the_key_is_refused(stack: Stack, stores: Stores, kind: str) -> None:
    stores.use(kind)
    stack.config = {"ocrfleet:api-key": KEY}
    message = told(stack)
    assert f"the store {kind} has no secret api-key, which hosts/lab.yaml names" in message
    assert "next:    ocrfleet secrets rotate lab api-key" in message


@pytest.mark.parametrize("kind", KEPT)
def test_a_value_that_cannot_be_a_key_is_refused_without_showing_it(stack: Stack, stores: Stores, kind: str) -> None:
    stores.use(kind)
    stores.plant(kind, "hunter2 hunter2 hunter2 hunter2")
    message = told(stack)
    assert f"the secret api-key of the store {kind} is not 24 to 200 letters" in message
    assert "hunter2" not in message


def test_a_store_that_cannot_be_opened_is_refused_before_anything_is_declared(stack: Stack, stores: Stores) -> None:
    stores.use("esc")
    stores.monkeypatch.delenv("PULUMI_ACCESS_TOKEN")
    assert "PULUMI_ACCESS_TOKEN is not set" in told(stack)
    stores.use("age")
    stores.plant("age", OTHER)
    (stores.folder / "key").unlink()
    assert "No such file" in told(stack)
