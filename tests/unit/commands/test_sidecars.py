"""What runs beside the service has the engine's walls, shows no secret, and answers on a loopback only."""

from __future__ import annotations

import json
from typing import Any

from ocrfleet.commands import sidecars
from ocrfleet.spec import HostSpec
from tests.unit.spec.files import parse, with_values

DIGEST = "sha256:" + "d" * 64
EXPORTER = {"image": f"exporter@{DIGEST}", "listens": 9400, "port": 9400, "command": ["--quiet"], "gpu": True}
EDGE = {"zone": "example.org", "team": "example", "hostnames": {"ocr.example.org": {"audience": ["page-worker"]}}}
WAIVED = {"edge": EDGE, "waivers.host-network-connector": "something answers on the loopback only"}


def host(**values: Any) -> HostSpec:
    return parse(with_values(values))


def connector(spec: HostSpec, version: str = "0a") -> dict[str, Any]:
    file, metrics = sidecars.token_file(f"edge-{version}"), sidecars.metrics_address(spec, f"edge-{version}")
    return sidecars.connector(spec, version=f"edge-{version}", file=file, metrics=metrics)


def test_a_connector_has_walls_and_a_user_of_its_own() -> None:
    words = connector(host())
    assert words["user"] == "65532:65532"
    assert (words["read_only"], words["capabilities"], words["security_opts"]) == (
        True,
        {"drops": ["ALL"]},
        ["no-new-privileges"],
    )
    assert not {"ports", "privileged", "envs", "volumes", "pid_mode"} & words.keys()


def test_a_connector_is_on_a_way_out_and_on_the_proxys_network_and_not_on_the_engines() -> None:
    words = connector(host())
    assert words["networks_advanced"] == [{"name": "ocrfleet-edge"}, {"name": "ocrfleet-front"}]
    assert "network_mode" not in words
    assert sidecars.outward(host())["name"] < "ocrfleet-front"


def test_only_the_waiver_puts_it_on_the_machines_own_network() -> None:
    words = connector(host(**WAIVED))
    assert words["network_mode"] == "host"
    assert "networks_advanced" not in words


def test_its_token_is_a_file_that_only_its_version_names() -> None:
    words = connector(host())
    (mount,) = words["mounts"]
    assert mount == {
        "type": "bind",
        "source": "/var/lib/ocrfleet/secrets/edge-0a/tunnel-token",
        "target": "/run/secrets/tunnel-token",
        "read_only": True,
    }
    assert words["command"][-3:] == ["run", "--token-file", "/run/secrets/tunnel-token"]
    assert "--token" not in json.dumps(words["command"]).split('"')


def test_it_tells_on_its_own_loopback_whether_it_is_connected_and_is_asked_that_before_it_counts() -> None:
    words = connector(host())
    assert words["healthcheck"]["tests"][-3:] == ["--metrics", "127.0.0.1:20241", "ready"]
    assert words["wait"] is True


def test_two_connectors_on_the_machines_own_network_tell_it_in_two_places() -> None:
    assert connector(host(), "0a")["command"] == connector(host(), "0b")["command"]
    first, second = (connector(host(**WAIVED), version)["command"][3] for version in ("0a", "0b"))
    assert first != second
    assert {first.split(":")[0], second.split(":")[0]} == {"127.0.0.1"}


def test_another_image_is_another_place_there_too_and_none_where_others_are_asked() -> None:
    other = host(**{**WAIVED, "edge": {**EDGE, "connector": f"cloudflared@{DIGEST}"}})
    places = {sidecars.metrics_address(one, "edge-0a") for one in (host(**WAIVED), other)}
    assert len(places) == 2
    assert "127.0.0.1:20241" not in places


def test_the_agent_never_takes_it_for_something_of_its_own() -> None:
    labels = {one["label"] for one in connector(host())["labels"]}
    assert "ocrfleet.host" not in labels
    assert labels >= {"ocrfleet.edge", "ocrfleet.part", "ocrfleet.token"}


def test_an_exporter_answers_on_the_loopback_and_has_no_way_out() -> None:
    spec = host(exporters={"gpu": EXPORTER})
    words = sidecars.exporter(spec, "gpu", spec.exporters["gpu"])
    assert words["ports"] == [{"internal": 9400, "external": 9400, "ip": "127.0.0.1"}]
    assert words["networks_advanced"] == [{"name": "ocrfleet-front"}]
    assert (words["gpus"], words["command"], words["user"]) == ("all", ["--quiet"], "65533:65533")
    assert (words["read_only"], words["capabilities"]) == (True, {"drops": ["ALL"]})
    assert not {"mounts", "network_mode", "privileged"} & words.keys()
