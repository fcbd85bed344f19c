"""What the stand-in does with one resource: values in, Docker's commands, values out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from lab.plugins.docker.client import Client, DockerError
from lab.plugins.docker.kinds import Kind
from lab.plugins.docker.words import create as create_words

Values = Mapping[str, Any]
WAIT, POLL, GRACE, LAST_LINES = 60.0, 0.3, 10, 20


class Acts(NamedTuple):
    """What one kind can do: make, find, and take away."""

    make: Callable[[Client, Values], tuple[str, Values]]
    find: Callable[[Client, str, Values], bool]
    remove: Callable[[Client, str, Values], object]


def create(client: Client, kind: Kind, values: Values) -> tuple[str, Values]:
    """Make it; return its id and all its properties."""
    its_id, told = ACTS[kind.name].make(client, values)
    return its_id, {**values, **told}


def update(client: Client, kind: Kind, its_id: str, values: Values, before: Values) -> Values:  # noqa: ARG001  of one shape
    """Remember what only says how it is taken away."""
    return {**before, **values}


def read(client: Client, kind: Kind, its_id: str, state: Values) -> tuple[str, Values] | None:
    """Look whether it is there, and runs if it is to run; its properties are those it was made with."""
    return (its_id, state) if ACTS[kind.name].find(client, its_id, state) else None


def delete(client: Client, kind: Kind, its_id: str, state: Values) -> None:
    """Take it away; one that is gone already is fine."""
    try:
        ACTS[kind.name].remove(client, its_id, state)
    except DockerError as error:
        if not error.gone:
            raise


def invoke(client: Client, token: str, args: Values) -> Values:  # noqa: ARG001  of one shape
    """Answer nothing."""
    raise DockerError(token, "the stand-in does not know this function")


def _make_network(client: Client, values: Values) -> tuple[str, Values]:
    words = [f"--driver={values.get('driver', 'bridge')}", *(["--internal"] if values.get("internal") else [])]
    words += [f"--opt={name}={value}" for name, value in sorted(values.get("options", {}).items())]
    words += [f"--label={one['label']}={one['value']}" for one in values.get("labels", ())]
    return client.run("network", "create", *words, values["name"]), {}


def _make_image(client: Client, values: Values) -> tuple[str, Values]:
    """Use what is there; only what is not is pulled."""
    name = values["name"]
    found = client.look("image", name)
    if found is None:
        client.run("pull", "--quiet", name)
        found = client.look("image", name) or {}
    digests = found.get("RepoDigests") or [""]
    return f"{found['Id']}{name}", {"imageId": found["Id"], "repoDigest": digests[0]}


def _make_container(client: Client, values: Values) -> tuple[str, Values]:
    its_id = client.run(*create_words(values)).splitlines()[-1]
    try:
        for network in values.get("networksAdvanced", ())[1:]:
            client.run("network", "connect", network["name"], its_id)
        client.run("start", its_id)
        if values.get("wait"):
            _wait(client, its_id, float(values.get("waitTimeout", WAIT)))
    except DockerError:
        with suppress(DockerError):
            client.run("rm", "--force", its_id)
        raise
    return its_id, {}


def _wait(client: Client, its_id: str, seconds: float) -> None:
    """Wait until a container is healthy; raise with what it said last when it is not in time."""
    deadline = time.monotonic() + seconds
    while True:
        state = (client.look("container", its_id) or {}).get("State", {})
        health = state.get("Health", {}).get("Status", "none")
        if health == "healthy":
            return
        if health == "unhealthy" or time.monotonic() > deadline:
            said = client.run("logs", f"--tail={LAST_LINES}", its_id)
            raise DockerError("start", f"the container is {health}: {said}")
        time.sleep(POLL)


def _remove_container(client: Client, its_id: str, state: Values) -> None:
    client.run("stop", f"--time={int(state.get('destroyGraceSeconds', GRACE))}", its_id)
    client.run("rm", "--force", its_id)


def _remove_image(client: Client, its_id: str, state: Values) -> None:  # noqa: ARG001  of one shape
    if not state.get("keepLocally"):
        client.run("image", "rm", state["name"])


def _runs(client: Client, its_id: str, state: Values) -> bool:
    found = client.look("container", its_id)
    return found is not None and (found["State"]["Running"] or not state.get("mustRun", True))


ACTS = {
    "Network": Acts(
        _make_network,
        lambda client, its_id, _: client.look("network", its_id) is not None,
        lambda client, its_id, _: client.run("network", "rm", its_id),
    ),
    "RemoteImage": Acts(
        _make_image, lambda client, _, state: client.look("image", state["name"]) is not None, _remove_image
    ),
    "Container": Acts(_make_container, _runs, _remove_container),
}
