"""Every check of what is public can pass, and fails when what it protects is broken."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

import pytest

from lab.cloudflare.listening import listening
from ocrfleet.edge import wanted_edge
from ocrfleet.edge.credential import Credential
from ocrfleet.project import Project
from ocrfleet.secrets import Secret
from ocrfleet.spec import HostSpec, load_host
from tests.acceptance import test_edge as edge
from tests.unit.spec.files import ROOT

LAB = load_host(Project(ROOT), "lab")
TOKEN, SOURCE = "eyJhIjoiaHVudGVyMiJ9", "/var/lib/ocrfleet/secrets/edge-0a/tunnel-token"
CONSUMER = Credential("id", Secret("secret"))
CHECKS = [name for name, _ in inspect.getmembers(edge, inspect.isfunction) if name.startswith("test_")]


class Site:
    """A host with a connector, and the edge in front of it; `answers` are what the edge says, by what it is shown."""

    def __init__(self) -> None:
        self.spec: HostSpec = LAB
        self.connected, self.logs, self.ids = True, "", "c\n"
        self.consumers = {"page-worker": CONSUMER}
        self.answers = {"stranger": 403, "consumer": 401, "elsewhere": 404}
        self.connector: dict[str, Any] = {
            "Id": "c",
            "Config": {"User": "65532:65532", "Labels": {"ocrfleet.metrics": "127.0.0.1:20241"}, "Env": []},
            "HostConfig": {
                "ReadonlyRootfs": True,
                "CapDrop": ["ALL"],
                "SecurityOpt": ["no-new-privileges"],
                "PortBindings": {},
            },
            "NetworkSettings": {"Networks": {"ocrfleet-edge": {}, "ocrfleet-front": {}}},
            "Mounts": [{"Source": SOURCE, "Destination": "/run/secrets/tunnel-token", "RW": False}],
        }

    def run(self, command: str, *_: str) -> Any:
        said = {
            "docker ps": (0, self.ids),
            "docker container": (0, json.dumps([self.connector])),
            "docker exec": (0 if self.connected else 1, ""),
            "docker logs": (0, self.logs),
        }
        code, out = said[" ".join(command.split()[:2])]
        return SimpleNamespace(rc=code, stdout=out)

    def file(self, path: str) -> Any:
        return SimpleNamespace(content_string=TOKEN if path == SOURCE else "")

    def status(self, path: str, *, shown: bool) -> int:
        found = wanted_edge(self.spec)
        assert found is not None
        if not shown:
            return self.answers["stranger"]
        return self.answers["consumer" if path in found.doors[0].paths else "elsewhere"]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site whose edge answers on the loopback."""
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(made.status(self.path, shown="CF-Access-Client-Secret" in self.headers))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: Any) -> None: ...

    with listening(Handler) as url:
        monkeypatch.setattr(edge, "EDGE", url)
        yield made


def check(name: str, site: Site) -> None:
    """Run one check against a site."""
    found = wanted_edge(site.spec)
    assert found is not None
    known: dict[str, Callable[[], Any]] = {
        "host": lambda: site,
        "spec": lambda: site.spec,
        "connector": lambda: edge.connector_of(site, site.spec),
        "doors": lambda: found.doors,
        "consumers": lambda: site.consumers,
    }
    test = getattr(edge, name)
    test(**{wanted: known[wanted]() for wanted in inspect.signature(test).parameters})


def inspected(*path: str, value: Any) -> Callable[[Site], None]:
    """Change what Docker shows of the connector."""

    def sabotage(site: Site) -> None:
        *around, last = path
        here = site.connector
        for key in around:
            here = here[key]
        here[last] = value

    return sabotage


def attribute(name: str, value: Any) -> Callable[[Site], None]:
    """Change something else of the site."""
    return lambda site: setattr(site, name, value)


def answering(who: str, status: int) -> Callable[[Site], None]:
    """Let the edge say something else."""
    return lambda site: site.answers.update({who: status})


CONNECTED, WALLS = "test_the_connector_is_connected", "test_the_connector_has_a_user_and_walls_of_its_own"
FILE, STRANGER = "test_the_tunnels_token_is_in_its_file_only", "test_a_stranger_is_refused_at_every_public_name"
CONSUMES, OTHER = "test_a_consumer_reaches_the_service", "test_no_other_path_is_public"
MOUNT = {"Source": SOURCE, "Destination": "/run/secrets/tunnel-token", "RW": True}
SABOTAGES: list[tuple[str, Callable[[Site], None]]] = [
    (CONNECTED, attribute("connected", False)),
    (CONNECTED, attribute("ids", "")),
    (CONNECTED, attribute("ids", "c\nd\n")),
    (CONNECTED, inspected("Config", "Labels", "ocrfleet.metrics", value="0.0.0.0:20241")),
    (WALLS, inspected("Config", "User", value="")),
    (WALLS, inspected("HostConfig", "ReadonlyRootfs", value=False)),
    (WALLS, inspected("HostConfig", "CapDrop", value=None)),
    (WALLS, inspected("HostConfig", "SecurityOpt", value=None)),
    (WALLS, inspected("HostConfig", "PortBindings", value={"20241/tcp": [{"HostPort": "1"}]})),
    (WALLS, inspected("NetworkSettings", "Networks", value={"host": {}})),
    (WALLS, inspected("NetworkSettings", "Networks", value={"ocrfleet-edge": {}, "ocrfleet-engines": {}})),
    (FILE, inspected("Config", "Env", value=[f"TUNNEL_TOKEN={TOKEN}"])),
    (FILE, inspected("Mounts", value=[MOUNT])),
    (FILE, attribute("logs", f"joined with {TOKEN}")),
    (STRANGER, answering("stranger", 200)),
    (STRANGER, answering("stranger", 302)),
    (CONSUMES, answering("consumer", 403)),
    (CONSUMES, answering("consumer", 404)),
    (CONSUMES, answering("consumer", 530)),
    (CONSUMES, attribute("consumers", {})),
    (OTHER, answering("elsewhere", 200)),
    (OTHER, answering("elsewhere", 401)),
]


@pytest.mark.parametrize("name", CHECKS)
def test_a_good_site_passes(name: str, site: Site) -> None:
    check(name, site)


@pytest.mark.parametrize(("name", "sabotage"), SABOTAGES, ids=[f"{n}-{name}" for n, (name, _) in enumerate(SABOTAGES)])
def test_a_check_fails_when_what_it_protects_is_broken(name: str, sabotage: Callable[[Site], None], site: Site) -> None:
    sabotage(site)
    with pytest.raises((AssertionError, ValueError)):
        check(name, site)


def test_every_check_has_its_sabotage() -> None:
    assert set(CHECKS) == {name for name, _ in SABOTAGES}


def test_a_connector_on_the_machines_own_network_is_so_by_a_waiver_only(site: Site) -> None:
    site.connector["NetworkSettings"]["Networks"] = {"host": {}}
    site.spec = LAB.model_copy(update={"waivers": {"host-network-connector": "something answers there only"}})
    check(WALLS, site)
