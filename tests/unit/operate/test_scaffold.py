"""A new host is three files that render at once, and nothing that exists is touched."""

import pytest

from ocrfleet.errors import Refused
from ocrfleet.operate.deployment import plan_host
from ocrfleet.operate.scaffold import BASE, scaffold
from ocrfleet.project import Project
from ocrfleet.remote import Remote
from ocrfleet.render import render
from ocrfleet.spec import load_host
from tests.unit.plan.hosts import OUTLOOK, told
from tests.unit.remote.fakes import FakeSession

MADE = ["hosts/spark.yaml", "templates/spark", "Pulumi.spark.yaml"]


def test_the_three_files_are_made_and_render(project: Project) -> None:
    made = scaffold(project, "spark", address="192.0.2.1", user="sparky")
    assert [path.as_posix() for path in made] == MADE
    host = load_host(project, "spark")
    assert (host.name, host.ssh.address, host.ssh.user) == ("spark", "192.0.2.1", "sparky")
    assert render(project, host).engine.files["Dockerfile"].startswith(f"FROM {BASE}\n")


def test_a_new_host_breaks_no_rule_and_can_be_planned_on_an_empty_machine(project: Project) -> None:
    scaffold(project, "spark", address="192.0.2.1", user="sparky")
    host = load_host(project, "spark")
    assert host.waivers == {}
    plan = plan_host(project, host, Remote(FakeSession([told(images={}), OUTLOOK])))
    assert (plan.service.action, [image.image for image in plan.images.values()]) == ("deploy", [None, None])


def test_the_host_file_tells_editors_about_its_schema_and_what_to_do_next(project: Project) -> None:
    scaffold(project, "spark", address="192.0.2.1", user="sparky")
    text = (project.hosts / "spark.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=host.schema.json\n")
    assert "  # known_hosts is written by: ocrfleet trust spark\n" in text


@pytest.mark.parametrize(
    ("name", "address", "user"),
    [("null", "1.5", "on"), ("true", "0x1f", "no"), ("spark-2", "10:20", "yes"), ("n", "fe80::1", "null")],
)
def test_names_that_yaml_takes_for_something_else_stay_names(
    project: Project, name: str, address: str, user: str
) -> None:
    scaffold(project, name, address=address, user=user)
    host = load_host(project, name)
    assert (host.name, host.ssh.address, host.ssh.user, host.build.template) == (name, address, user, name)


def test_a_failure_in_the_middle_leaves_nothing(project: Project) -> None:
    (project.templates / "lab/broken").symlink_to("nowhere")
    before = sorted(project.root.rglob("*"))
    with pytest.raises(Refused, match="cannot make the files"):
        scaffold(project, "spark", address="192.0.2.1", user="sparky")
    assert sorted(project.root.rglob("*")) == before


@pytest.mark.parametrize("existing", MADE)
def test_what_exists_is_never_written_over(project: Project, existing: str) -> None:
    (project.root / existing).mkdir()
    with pytest.raises(Refused, match=f"{existing} exists already"):
        scaffold(project, "spark", address="192.0.2.1", user="sparky")
    assert [made for made in MADE if (project.root / made).exists()] == [existing]


@pytest.mark.parametrize(
    ("name", "address", "user", "expected"),
    [
        ("Spark", "192.0.2.1", "sparky", "expected a name of lower-case letters"),
        ("../spark", "192.0.2.1", "sparky", "expected a name of lower-case letters"),
        ("spark", "-oProxyCommand=x", "sparky", "expected a host name or an IP address"),
        ("spark", "192.0.2.1", "$(reboot)", "expected a login name"),
    ],
)
def test_a_name_that_no_host_file_may_have_is_refused(
    project: Project, name: str, address: str, user: str, expected: str
) -> None:
    with pytest.raises(Refused, match=expected):
        scaffold(project, name, address=address, user=user)
    assert not (project.root / "Pulumi.spark.yaml").exists()
