"""The edge of a host file: what would be public without a policy is refused with file, line and key."""

from typing import Any

import pytest

from ocrfleet.spec.edge import CLOUDFLARED, Edge
from tests.unit.spec.files import FILE, parse, problems, with_values

NAME = "ocr.example.org"
DOOR = {"audience": ["page-worker"]}
EDGE = {"zone": "example.org", "team": "example", "hostnames": {NAME: DOOR}}
LOCAL = {**DOOR, "service": "http://127.0.0.1:11434", "paths": ["/api/chat"]}


def text(edge: Any = None, door: Any = None, *, waived: bool = True, **more: Any) -> str:
    """A host file with this edge."""
    whole = {**EDGE, **(edge or {})} | ({"hostnames": {NAME: door}} if door is not None else {})
    waiver = {"waivers.host-network-connector": "ollama listens on the loopback only"}
    return with_values({"edge": whole, **(waiver if waived else {}), **more})


def told(found: list[str]) -> list[str]:
    """Problems without the numbers of their lines."""
    assert all(line.split(":")[0] == FILE and line.split(":")[1].isdigit() for line in found)
    return [line.split(": ", 1)[1] for line in found]


def test_a_name_needs_no_more_than_its_audience() -> None:
    host = parse(text())
    assert isinstance(host.edge, Edge)
    assert host.edge.hostnames[NAME].service == "service"


@pytest.mark.parametrize("consumer", ["everyone", "anyone", "bypass", "any-valid-service-token", "any-valid", "*", ""])
def test_an_audience_is_named_one_by_one(consumer: str) -> None:
    found = told(problems(text(door={"audience": ["page-worker", consumer]})))
    assert len(found) == 1
    assert found[0].startswith(f"edge.hostnames.{NAME}.audience[1]: expected one consumer's name")


@pytest.mark.parametrize("door", [{}, {"audience": []}, {"audience": None}])
def test_a_name_without_an_audience_is_refused(door: dict[str, Any]) -> None:
    (found,) = told(problems(text(door=door)))
    assert found.startswith(f"edge.hostnames.{NAME}.audience: expected")


@pytest.mark.parametrize("key", ["bypass", "policy", "decision", "everyone", "include"])
def test_there_is_no_key_for_any_other_policy(key: str) -> None:
    (found,) = told(problems(text(door={**DOOR, key: "everyone"})))
    assert found.startswith(f"edge.hostnames.{NAME}.{key}: expected no such key")


def test_a_key_is_not_called_as_credentials_are() -> None:
    keys: dict[str, Any] = {"proxy.api_keys": ["access-page-worker"]}
    (said,) = told(problems(text(**keys)))
    assert said.startswith("proxy.api_keys: expected names that do not begin with access-")
    assert parse(with_values(keys)).edge is None


@pytest.mark.parametrize("name", ["*.example.org", "*", f"{NAME}/v1", "OCR.example.org", "localhost", "", "1.2.3.4"])
def test_a_name_is_whole(name: str) -> None:
    found = told(problems(text({"hostnames": {name: DOOR}})))
    assert any("expected a whole public host name" in line for line in found)


@pytest.mark.parametrize("name", ["ocr.example.com", "ocrexample.org"])
def test_a_name_is_in_its_zone(name: str) -> None:
    assert told(problems(text({"hostnames": {name: DOOR}}))) == [
        f"edge.hostnames.{name}: expected a name in the edge's zone"
    ]


@pytest.mark.parametrize("team", ["", None, "example.cloudflareaccess.com", "-", "A"])
def test_a_team_is_named(team: str | None) -> None:
    (found,) = told(problems(text({"team": team})))
    assert found.startswith("edge.team: expected a Zero Trust team's name")


def test_an_edge_without_names_is_refused() -> None:
    (found,) = told(problems(text({"hostnames": {}})))
    assert found.startswith("edge.hostnames: expected")


def test_an_origin_on_the_loopback_is_waived_in_writing_and_has_paths() -> None:
    assert parse(text(door=LOCAL)).edge
    assert told(problems(text(door=LOCAL, waived=False))) == [
        f"edge.hostnames.{NAME}.service: expected service, or the waiver host-network-connector"
    ]
    assert told(problems(text(door={**LOCAL, "paths": []}))) == [
        f"edge.hostnames.{NAME}.paths: expected the paths that may be reached there, at least one"
    ]


def test_a_path_that_the_service_does_not_answer_is_refused() -> None:
    assert told(problems(text(door={**DOOR, "paths": ["/v1/models", "/metrics"]}))) == [
        f"edge.hostnames.{NAME}.paths: expected paths the service answers: /v1/chat/completions, /v1/models, /health"
    ]


@pytest.mark.parametrize("session", ["0h", "24", "1d", "-1h", "1h30m", "", 24])
def test_a_session_has_a_length(session: Any) -> None:
    (found,) = told(problems(text({"session": session})))
    assert found == "edge.session: expected minutes or hours, like 30m or 24h"


@pytest.mark.parametrize("waived", [True, False])
def test_the_connectors_image_is_pinned_unless_that_is_waived(waived: bool) -> None:
    plain = {"waivers": {"unpinned-base": "made on this machine"} if waived else {"any-gpu": "there is none of them"}}
    pinned = {"build.base": f"debian@sha256:{'a' * 64}"}
    whole = text({"connector": "cloudflare/cloudflared:2026.7.3"}, waived=False, **plain, **pinned)
    line = "edge.connector: expected an image pinned by digest (name:tag@sha256:…), or the waiver unpinned-base"
    assert (parse(whole).edge is not None) if waived else (told(problems(whole)) == [line])


def test_the_usual_connector_is_pinned() -> None:
    assert "@sha256:" in CLOUDFLARED
