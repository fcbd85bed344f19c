"""Two hosts of one project share neither a tunnel nor a name."""

from dataclasses import replace

from ocrfleet.edge.neighbours import neighbours
from tests.unit.edge.wanted import wanted

EDGE = wanted()
OTHER = replace(EDGE, host="attic", tunnel="attic", doors=(replace(EDGE.doors[0], hostname="a.example.org"),))


def test_hosts_with_names_and_tunnels_of_their_own_do_not_meet() -> None:
    assert neighbours(EDGE, [EDGE, OTHER]).good


def test_a_name_or_a_tunnel_of_another_host_is_told() -> None:
    both = replace(EDGE, host="attic")
    found = neighbours(EDGE, [EDGE, both])
    assert not found.good
    assert found.detail == (
        "attic has the tunnel ocrfleet-lab, too: give each its own; "
        "attic has the name ocr.example.org, too: take it out of one of the files"
    )
    assert neighbours(EDGE, [replace(both, zone="example.com", doors=OTHER.doors)]).good
