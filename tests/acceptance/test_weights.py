"""What the engine loads is what was fetched. Looked at where a host file names a model."""

from typing import Any

from ocrfleet.commands.serving import OFFLINE, SERVED, model_folder, weights
from ocrfleet.spec import HostSpec


def test_the_weights_are_whole(facts: dict[str, Any], spec: HostSpec) -> None:
    served = weights(spec)
    assert served is not None
    name = f"{served.repo}@{served.revision}"
    assert name in facts["models"], f"{name} was not fetched to its end"
    assert facts["models"][name] is None, facts["models"][name]


def test_the_engine_cannot_change_its_weights(engine: dict[str, Any], spec: HostSpec) -> None:
    mounts = [one for one in engine["Mounts"] if one["Destination"] == SERVED]
    assert [one["Source"] for one in mounts] == [model_folder(spec)], f"{SERVED} is not the folder of its commit"
    assert not mounts[0]["RW"], "it can write there"


def test_nothing_is_asked_of_a_hub_while_it_serves(engine: dict[str, Any]) -> None:
    for name, value in OFFLINE.items():
        assert f"{name}={value}" in engine["Config"]["Env"], f"it runs without {name}={value}"
