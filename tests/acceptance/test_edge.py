"""What is public is reached through the tunnel, by those who were given a token, and nothing else is there."""

import json
import os
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from testinfra.host import Host

from ocrfleet.commands.sidecars import CONNECTOR_USER, ON_HOST, TOKEN_FILE
from ocrfleet.edge import Door, wanted_edge
from ocrfleet.edge.credential import Credential, credentials_of
from ocrfleet.errors import OcrfleetError
from ocrfleet.operate.keeping import store_of
from ocrfleet.project import Project
from ocrfleet.spec import HostSpec

# Where all public names answer, in places that have an edge of their own; else DNS knows.
EDGE = os.environ.get("OCRFLEET_EDGE_URL", "")
SECONDS = 30
Ask = Callable[..., int]


@pytest.fixture
def connector(host: Host, spec: HostSpec) -> dict[str, Any]:
    """The connector's container, as Docker shows it."""
    return connector_of(host, spec)


def connector_of(host: Host, spec: HostSpec) -> dict[str, Any]:
    """Find the one connector of a host."""
    form = "docker ps --quiet --no-trunc --filter label=ocrfleet.edge=%s --filter label=ocrfleet.part=connector"
    ids = host.run(form, spec.name).stdout.split()
    assert len(ids) == 1, f"{len(ids)} connectors run"
    found: dict[str, Any] = json.loads(host.run("docker container inspect %s", ids[0]).stdout)[0]
    return found


@pytest.fixture(scope="session")
def doors(spec: HostSpec) -> tuple[Door, ...]:
    """The public names."""
    edge = wanted_edge(spec)
    assert edge is not None
    return edge.doors


@pytest.fixture(scope="session")
def consumers(project: Project, spec: HostSpec) -> Mapping[str, Credential]:
    """What each consumer was given to show."""
    edge = wanted_edge(spec)
    assert edge is not None
    try:
        return credentials_of(store_of(project, spec).read(), spec.name, edge.consumers)
    except OcrfleetError as error:
        pytest.fail(f"the consumers' credentials are not known here: {error.failed}")


def ask(name: str, path: str, shown: Credential | None = None) -> int:
    """Ask a public name from here, and follow nothing: a login page is no answer."""
    url = urlsplit(EDGE or f"https://{name}")
    make = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = make(url.hostname or "", url.port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Host": name, **(shown.headers if shown else {})})
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_connector_is_connected(host: Host, connector: dict[str, Any]) -> None:
    metrics = connector["Config"]["Labels"]["ocrfleet.metrics"]
    assert metrics.startswith("127.0.0.1:"), f"it tells how it is on {metrics}"
    probe = host.run("docker exec %s cloudflared tunnel --no-autoupdate --metrics %s ready", connector["Id"], metrics)
    assert probe.rc == 0, "it is not connected to Cloudflare"


def test_the_connector_has_a_user_and_walls_of_its_own(connector: dict[str, Any], spec: HostSpec) -> None:
    config, around = connector["Config"], connector["HostConfig"]
    assert config["User"] == CONNECTOR_USER, f"it runs as {config['User'] or 'root'}"
    assert around["ReadonlyRootfs"], "it can write"
    assert around["CapDrop"] == ["ALL"], f"it has capabilities: {around['CapDrop']}"
    assert any("no-new-privileges" in one for one in around["SecurityOpt"] or ()), "it can gain privileges"
    assert not around["PortBindings"], "it publishes a port"
    networks = set(connector["NetworkSettings"]["Networks"])
    wanted = {"host"} if ON_HOST in spec.waivers else {"ocrfleet-edge", "ocrfleet-front"}
    assert networks == wanted, f"it is on {', '.join(sorted(networks))}"


def test_the_tunnels_token_is_in_its_file_only(host: Host, connector: dict[str, Any]) -> None:
    (mount,) = [one for one in connector["Mounts"] if one["Destination"] == TOKEN_FILE]
    assert not mount["RW"], "it can change its token"
    token = host.file(mount["Source"]).content_string.strip()
    assert token, "there is no token"
    shown = json.dumps(connector) + host.run("docker logs %s 2>&1", connector["Id"]).stdout
    # A report shows what an assertion compares.
    is_seen = token in shown
    assert not is_seen, "its token can be seen"


def test_a_stranger_is_refused_at_every_public_name(doors: tuple[Door, ...]) -> None:
    for door in doors:
        for path in door.paths:
            status = ask(door.hostname, path)
            assert status in {401, 403}, f"{door.hostname}{path} answered {status} without a token"


def test_a_consumer_reaches_the_service(doors: tuple[Door, ...], consumers: Mapping[str, Credential]) -> None:
    for door in doors:
        for consumer in door.audience:
            assert consumer in consumers, f"{consumer} was given no credential: ocrfleet rotate HOST access"
            status = ask(door.hostname, door.paths[-1], consumers[consumer])
            # The service wants its own key beside this, and says so itself.
            assert status < 500, f"{door.hostname} answered {status}"
            assert status not in {403, 404}, f"{door.hostname} answered {status} to {consumer}"


def test_no_other_path_is_public(doors: tuple[Door, ...], consumers: Mapping[str, Credential]) -> None:
    for door in doors:
        for path in ("/", "/metrics", f"{door.paths[0]}/x"):
            status = ask(door.hostname, path, consumers.get(door.audience[0]))
            assert status == 404, f"{door.hostname}{path} answered {status}"
