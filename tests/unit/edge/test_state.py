"""What a stack knows of its edge: ids of what it made, and the rules it wrote, in the API's words."""

from ocrfleet.edge.state import CONFIG, StackEdge, stack_edge
from tests.unit.edge.accounts import RULES

URN = "urn:pulumi:lab::p::ocrfleet:index:Edge::lab"


def exported(*resources: dict[str, object]) -> dict[str, object]:
    return {"version": 3, "deployment": {"resources": list(resources)}}


def test_a_stack_without_an_edge_has_made_nothing() -> None:
    assert stack_edge(exported({"urn": "u", "type": "pulumi:pulumi:Stack"})) == StackEdge()
    assert stack_edge({"version": 3, "deployment": {}}) == stack_edge({}) == StackEdge()


def test_rules_are_read_in_the_words_of_the_api() -> None:
    access = {"required": True, "teamName": "example", "audTags": ["tag"]}
    rules = [{**RULES[0], "originRequest": {"access": access}}, RULES[1]]
    known = stack_edge(
        exported(
            {"urn": URN, "type": "ocrfleet:index:Edge"},
            {"urn": "c", "type": CONFIG, "id": "tunnel", "outputs": {"config": {"ingresses": rules}}},
            {"urn": "d", "type": "cloudflare:index/dnsRecord:DnsRecord", "id": "record", "outputs": {}},
            {"urn": "p", "type": "pulumi:providers:cloudflare", "id": "provider"},
        )
    )
    assert known == StackEdge(frozenset({"tunnel", "record"}), tuple(RULES), URN)
