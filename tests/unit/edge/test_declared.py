"""What is told to Cloudflare: every name has its own application, policy and check, and nothing else is open."""

import re
from random import Random

import pytest

from ocrfleet.edge import Door
from ocrfleet.edge.declared import application, ingress, path_pattern, policy, record
from tests.unit.edge.wanted import drawn, wanted


def test_ten_thousand_edges_have_no_name_without_its_own_guard() -> None:
    random = Random(6)
    for _ in range(10_000):
        edge = drawn(random)
        tokens = {token: f"id of {token}" for token in edge.tokens}
        tags = {door.hostname: f"tag of {door.hostname}" for door in edge.doors}
        *rules, last = ingress(edge, tags)
        assert last == {"service": "http_status:404"}
        guarded = {application(edge, door, "policy")["destinations"][0]["uri"] for door in edge.doors}
        assert [rule["hostname"] for rule in rules] == sorted(guarded)
        assert {record(door, "tunnel")["name"] for door in edge.doors} == guarded
        for door, rule in zip(edge.doors, rules, strict=True):
            access = rule["originRequest"]["access"]
            assert access == {"required": True, "teamName": edge.team, "audTag": [tags[door.hostname]]}
            let_in = policy(edge, door, tokens)
            assert let_in["decision"] == "non_identity"
            assert [set(entry) for entry in let_in["include"]] == [{"service_token"}] * 2 * len(set(door.audience))


@pytest.mark.parametrize("wrong", ["hostname", "paths", "audience"])
def test_a_door_without_one_of_its_parts_cannot_be_made(wrong: str) -> None:
    parts = {"hostname": "a.example.org", "paths": ("/",), "audience": ("app",)}
    with pytest.raises(ValueError, match="a door has"):
        Door(**{**parts, wrong: type(parts[wrong])()}, origin="http://a", session="1h")  # type: ignore[arg-type]


def test_a_wildcard_cannot_be_a_door() -> None:
    with pytest.raises(ValueError, match="a door has"):
        Door("*.example.org", "http://a", ("/",), ("app",), "1h")


def test_a_rule_without_an_audience_tag_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ocr\.example\.org has no audience tag"):
        ingress(wanted(), {"ocr.example.org": ""})


@pytest.mark.parametrize("path", ["/v1/models/", "/v1/modelsx", "x/v1/models", "/v1/a-b", "/v1/axb/", "", "/", "/v1"])
def test_a_pattern_matches_whole_paths_only(path: str) -> None:
    pattern = path_pattern(("/v1/models", "/v1/a.b-c"))
    assert pattern == r"^(/v1/models|/v1/a\.b-c)$"
    assert not re.search(pattern, path)
    assert re.search(pattern, "/v1/models")
    assert re.search(pattern, "/v1/a.b-c")


def test_a_service_is_found_beside_the_connector_or_where_that_is_on_the_machine() -> None:
    assert wanted().doors[0].origin == "http://ocrfleet-lab-proxy:8080"
    assert wanted(waived=True).doors[0].origin == "http://127.0.0.1:8000"
