"""A third machine's file is a copy of the nearer one with what that machine says of itself."""

import pytest

from ocrfleet.errors import BadHostFile
from ocrfleet.project import Project
from ocrfleet.render import Rendered, render
from ocrfleet.spec import parse_host
from ocrfleet.spec.edit import set_value
from tests.unit.spec.files import ROOT

L4 = {
    "name": "attic",
    "ssh.address": "192.168.2.130",
    "ssh.user": "ocr",
    "gpu.name": "NVIDIA L4",
    "gpu.memory_gib": "22.5",
    "engine.memory_gib": "20",
}
THOR = {
    "name": "attic",
    "ssh.address": "192.168.2.131",
    "ssh.user": "ocr",
    "gpu.name": "NVIDIA Thor",
    "gpu.capability": '"11.0"',
    "gpu.memory_gib": "122.8",
}


def third(like: str, said: dict[str, str], *, public: bool = False) -> Rendered:
    """What is rendered for such a copy."""
    text = (ROOT / "hosts" / f"{like}.yaml").read_text(encoding="utf-8")
    for key, value in said.items():
        text = set_value(text, key, value)
    if not public:
        begin = text.index("\nedge:\n")
        text = text[:begin] + text[text.index("\nwaivers:\n") :]
    host = parse_host(text, file="hosts/attic.yaml", name="attic")
    return render(Project(ROOT), host)


@pytest.mark.parametrize(("like", "said"), [("calypso", L4), ("spark", THOR)])
@pytest.mark.parametrize("public", [True, False])
def test_a_copy_with_what_the_machine_says_is_a_host(like: str, said: dict[str, str], *, public: bool) -> None:
    found = third(like, said, public=public)
    assert "--label=ocrfleet.host=attic" in found.service["run"]
    assert (found.edge is not None) == public
    assert "goldfish" not in str(found.service)


@pytest.mark.parametrize(
    ("like", "said", "key"),
    [
        ("spark", {**THOR, "gpu.capability": '"7.5"'}, "gpu.capability"),
        ("calypso", {**L4, "gpu.driver": "550"}, "gpu.driver"),
        ("calypso", {**L4, "name": "calypso"}, "name"),
        ("calypso", {**L4, "gpu.memory": "shared", "engine.flags.gpu-memory-utilization": "0.95"}, "engine.flags."),
    ],
)
def test_what_the_copy_cannot_be_is_told_by_its_line(like: str, said: dict[str, str], key: str) -> None:
    with pytest.raises(BadHostFile) as caught:
        third(like, said)
    assert any(problem.key.startswith(key) and problem.line > 1 for problem in caught.value.problems)
