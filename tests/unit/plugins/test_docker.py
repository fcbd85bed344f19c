"""The stand-in for the Docker plugin: its tokens and properties are the SDK's, and what it does arrives at Docker."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lab.plugins.docker import resources
from lab.plugins.docker.client import Client, DockerError, door
from lab.plugins.docker.kinds import KINDS, Kind
from lab.plugins.docker.words import create
from lab.plugins.shapes import wrong

BY_NAME = {kind.name: kind for kind in KINDS.values()}
CONTAINER = BY_NAME["Container"]


class FakeClient(Client):
    """A Docker engine that does as it is told; `states` are what a container is found in, one look after another."""

    def __init__(self, *states: dict[str, Any], refuses: tuple[str, str] = ("", ""), **images: dict[str, Any]) -> None:
        super().__init__({})
        self.states, self.refuses, self.there = list(states), refuses, images
        self.ran: list[tuple[str, ...]] = []

    def run(self, *argv: str) -> str:
        self.ran.append(argv)
        if self.refuses[0] in argv:
            raise DockerError(*self.refuses)
        if argv[0] == "pull":
            self.there[argv[-1]] = {"Id": "sha256:pulled"}
        return "its-id"

    def look(self, what: str, name: str) -> dict[str, Any] | None:
        if what == "container":
            return {"State": self.states.pop(0)} if self.states else None
        return self.there.get(name)


def health(status: str) -> dict[str, Any]:
    return {"Running": True, "Health": {"Status": status}}


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(BY_NAME))
def test_every_kind_is_one_of_the_sdk_and_all_it_does_is_the_sdks(kind: Kind) -> None:
    spec = find_spec("pulumi_docker")
    assert spec is not None
    assert spec.origin is not None
    sdk = Path(spec.origin).with_name(f"{kind.module}.py").read_text(encoding="utf-8")
    assert f'@pulumi.type_token("{kind.type}")' in sdk
    assert kind.does <= kind.inputs.keys()
    assert kind.here <= kind.does


def test_a_property_that_the_sdk_does_not_have_is_refused_however_deep() -> None:
    good = {"image": "i", "healthcheck": {"tests": ["CMD", "true"]}, "mounts": [{"target": "/a", "type": "bind"}]}
    assert list(wrong(good, CONTAINER.inputs)) == []
    bad = {**good, "healthcheck": {"test": ["CMD"]}, "readonly": True}
    assert {("healthcheck.test", "is no property of the SDK"), ("readonly", "is no property of the SDK")} <= set(
        wrong(bad, CONTAINER.inputs)
    )
    assert ("image", "is required") in list(wrong({}, CONTAINER.inputs))


def test_what_it_cannot_do_is_refused_and_not_left_out() -> None:
    assert list(CONTAINER.beyond({"image": "i", "privileged": True})) == [("privileged", "is beyond the stand-in")]
    assert list(CONTAINER.beyond({"image": "i", "unheard": 1})) == []


SAID = {
    "name": ("c", "--name=c"),
    "user": ("1:1", "--user=1:1"),
    "readOnly": (True, "--read-only=true"),
    "capabilities": ({"drops": ["ALL"]}, "--cap-drop=ALL"),
    "securityOpts": (["no-new-privileges"], "--security-opt=no-new-privileges"),
    "memory": (256, "--memory=256m"),
    "labels": ([{"label": "a", "value": "b"}], "--label=a=b"),
    "ports": ([{"internal": 1, "external": 2, "ip": "127.0.0.1"}], "--publish=127.0.0.1:2:1/tcp"),
    "networksAdvanced": ([{"name": "n"}, {"name": "m"}], "--network=n"),
    "logOpts": ({"max-size": "10m"}, "--log-opt=max-size=10m"),
    "mounts": (
        [{"type": "bind", "source": "/s", "target": "/t", "readOnly": True}],
        "--mount=type=bind,source=/s,target=/t,readonly",
    ),
}


def test_a_container_is_said_to_docker_word_by_word() -> None:
    said = create({"image": "sha256:i", "command": ["--go"], **{name: value for name, (value, _) in SAID.items()}})
    assert (said[:2], said[-2:]) == (["container", "create"], ["sha256:i", "--go"])
    assert sorted(said[2:-2]) == sorted(word for _, word in SAID.values())


def test_a_health_check_is_quoted_for_the_shell_that_runs_it() -> None:
    said = create({"image": "i", "healthcheck": {"tests": ["CMD", "is it", "well"], "interval": "2s", "retries": 3}})
    assert said[2:-1] == ["--health-cmd='is it' well", "--health-interval=2s", "--health-retries=3"]


def test_it_reaches_docker_with_the_programs_own_options_and_no_others() -> None:
    said = door("ssh://ocr@[fe80::1]:2222", ["-F", "none", "-o", "X=a b"])
    assert said == ["ssh", "-F", "none", "-o", "X=a b", "-l", "ocr", "-p", "2222", "--", "fe80::1"]
    assert door("", []) == ["docker"]
    assert door("unix:///run/docker.sock", []) == ["docker", "--host=unix:///run/docker.sock"]


def test_a_container_is_on_all_its_networks_before_it_starts_and_counts_once_it_is_healthy() -> None:
    client = FakeClient(health("starting"), health("healthy"))
    values = {"image": "i", "networksAdvanced": [{"name": "n"}, {"name": "m"}], "wait": True}
    assert resources.create(client, CONTAINER, values) == ("its-id", values)
    assert [argv[0:2] for argv in client.ran] == [("container", "create"), ("network", "connect"), ("start", "its-id")]


def test_one_that_does_not_become_healthy_is_taken_away_and_its_words_are_told() -> None:
    client = FakeClient(health("unhealthy"))
    with pytest.raises(DockerError, match="the container is unhealthy: its-id"):
        resources.create(client, CONTAINER, {"image": "i", "wait": True})
    assert client.ran[-1] == ("rm", "--force", "its-id")


@pytest.mark.parametrize(("states", "there"), [([], False), ([{"Running": False}], False), ([health("x")], True)])
def test_one_that_is_gone_or_stopped_is_gone_for_the_state(states: list[dict[str, Any]], there: bool) -> None:
    assert bool(resources.read(FakeClient(*states), CONTAINER, "its-id", {"image": "i"})) is there


def test_it_is_given_its_time_to_end() -> None:
    client = FakeClient()
    resources.delete(client, CONTAINER, "its-id", {"destroyGraceSeconds": 35})
    assert client.ran == [("stop", "--time=35", "its-id"), ("rm", "--force", "its-id")]


def test_what_is_gone_already_need_not_be_taken_away() -> None:
    resources.delete(FakeClient(refuses=("stop", "Error: No such container: its-id")), CONTAINER, "its-id", {})
    with pytest.raises(DockerError, match="Cannot connect"):
        resources.delete(FakeClient(refuses=("stop", "Cannot connect to the Docker daemon")), CONTAINER, "its-id", {})


def test_an_image_that_is_there_is_not_pulled() -> None:
    here = FakeClient(i={"Id": "sha256:i", "RepoDigests": ["i@sha256:d"]})
    its_id, told = resources.create(here, BY_NAME["RemoteImage"], {"name": "i"})
    assert (its_id, told["imageId"], told["repoDigest"], here.ran) == ("sha256:ii", "sha256:i", "i@sha256:d", [])
    away = FakeClient()
    resources.create(away, BY_NAME["RemoteImage"], {"name": "j"})
    assert away.ran == [("pull", "--quiet", "j")]


@pytest.mark.parametrize(("kept", "calls"), [(True, 0), (False, 1)])
def test_an_image_is_kept_where_that_is_said(kept: bool, calls: int) -> None:
    client = FakeClient()
    resources.delete(client, BY_NAME["RemoteImage"], "x", {"name": "i", "keepLocally": kept})
    assert len(client.ran) == calls


def test_a_network_is_made_as_it_is_said() -> None:
    client = FakeClient()
    values = {"name": "n", "options": {"o": "1"}, "labels": [{"label": "a", "value": "b"}]}
    resources.create(client, BY_NAME["Network"], values)
    assert client.ran == [("network", "create", "--driver=bridge", "--opt=o=1", "--label=a=b", "n")]
