"""A host that is public through its connector, from the first deploy to the last byte it leaves behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab.cloudflare.place import TOKEN
from lab.places import ROOT
from lab.project import KEY, LabProject
from ocrfleet.reading import Asking, pictures, read_pages
from tests.edge.public import CONSUMER, NAME, Public, public

CHAT, MODELS = "/v1/chat/completions", "/v1/models"


@pytest.fixture(scope="module")
def site(project: LabProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    """A lab host with an edge, deployed once for all tests of this file."""
    with public(project, tmp_path_factory.mktemp("edge")) as made:
        try:
            made.first = made.deploy()
            # Tests come in any order, and each asks as a consumer that has what a deploy by ocrfleet hands out.
            assert made.credential()
            yield made
        finally:
            project.clean()


def test_names_come_after_their_connector_and_the_connector_after_its_rules(site: Public) -> None:
    kinds = ("TunnelCloudflaredConfig", "HostSecret", "docker:index:Container", "DnsRecord")
    ends = [line for line in site.first.splitlines() if " created" in line]
    order = [next(at for at, line in enumerate(ends) if kind in line) for kind in kinds]
    assert order == sorted(order)


def test_the_page_is_read_through_the_edge_by_a_consumer(site: Public) -> None:
    pages = read_pages(site.caller(), site.lab.host, pictures(ROOT / "samples" / "invoice.pdf"), Asking())
    golden = (ROOT / "templates" / "_gate" / "invoice" / "page.txt").read_text(encoding="utf-8")
    assert golden.split()[0] in "\n".join(page.text for page in pages)


def test_nobody_else_reads_anything(site: Public) -> None:
    stranger, consumer = site.caller(stranger=True), site.caller()
    assert stranger.ask("GET", MODELS, seconds=20)["status"] == 403
    assert consumer.ask("GET", MODELS, seconds=20)["status"] == 200
    assert consumer.ask("GET", MODELS, seconds=20, keyless=True)["status"] == 401
    for path in ("/", "/metrics", "/v1/models/x", "/health"):
        assert consumer.ask("GET", path, seconds=20)["status"] == 404, path


def test_a_second_deploy_changes_nothing(site: Public) -> None:
    before = site.connectors()
    site.lab.pulumi("up", f"--stack={site.lab.name}", "--yes", "--skip-preview", "--expect-no-changes")
    assert site.connectors() == before


def test_the_checklist_proves_it_from_outside(site: Public) -> None:
    ran = site.lab.ocrfleet("verify", site.lab.name, "--json")
    checks = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    assert [check for check in checks.values() if check["outcome"] != "passed"] == []
    assert "a stranger is refused at every public name" in checks


def test_the_tunnels_token_is_in_one_file_and_nowhere_else(site: Public) -> None:
    (connector,) = site.connectors()
    shown = site.inspect(connector)
    (mount,) = (one["Source"] for one in shown["Mounts"] if one["Destination"] == "/run/secrets/tunnel-token")
    token = site.lab.inside("cat", mount).out.strip()
    assert token == site.api("GET", f"{{a}}/cfd_tunnel/{site.output('tunnel')}/token")
    assert site.lab.inside("stat", "--format=%a %U", mount.rpartition("/")[0]).out.split() == ["700", "ocr"]
    logs, listed = site.lab.inside("docker", "logs", connector).out, site.lab.script("cat /proc/[0-9]*/cmdline").out
    kept = json.dumps(site.lab.exported()) + site.first
    image = site.lab.inside("docker", "image", "inspect", site.edge.image).out
    for place in (json.dumps(shown), logs, listed, kept, image):
        assert token not in place
        assert TOKEN not in place
        assert KEY not in place


def test_a_new_token_is_in_use_before_the_old_connector_goes(site: Public) -> None:
    (before,) = site.connectors()
    (old,) = (one["Source"] for one in site.inspect(before)["Mounts"])
    caller, failed, done = site.caller(), [], threading.Event()

    def call() -> None:
        while not done.is_set():
            answer = caller.ask("GET", MODELS, seconds=20)
            if answer["status"] != 200:
                failed.append(answer)

    calling = threading.Thread(target=call)
    calling.start()
    try:
        ran = site.lab.ocrfleet("rotate", site.lab.name, "tunnel")
    finally:
        done.set()
        calling.join()
    assert ran.code == 0, ran.out
    (after,) = site.connectors()
    assert after != before
    assert failed == []
    assert site.lab.inside("test", "-e", old, check=False).code == 1
    ends = [line for line in ran.out.splitlines() if "Container" in line and ("created" in line or "deleted" in line)]
    assert next("created" in line for line in ends if "-connector" in line)
    assert f"let in at {NAME}" in ran.out
    site.lab.pulumi("up", f"--stack={site.lab.name}", "--yes", "--skip-preview", "--expect-no-changes")


def test_a_connector_whose_edge_was_away_joins_again(site: Public) -> None:
    from lab.docker import find_docker
    from lab.places import Places
    from lab.shell import run

    docker = find_docker(Places(), lambda _: None)
    run(docker("restart", "-t", "1", site.edge.name), lambda _: None)
    caller = site.caller()
    for _ in range(100):
        if caller.ask("GET", MODELS, seconds=20)["status"] == 200:
            return
        threading.Event().wait(0.3)
    raise AssertionError("it did not come back")


@pytest.mark.parametrize(
    ("check", "sabotage"),
    [
        ("the connector is connected", "docker pause {}"),
    ],
)
def test_every_check_can_fail(site: Public, check: str, sabotage: str) -> None:
    (connector,) = site.connectors()
    site.lab.script(sabotage.format(connector))
    try:
        report = json.loads(site.lab.ocrfleet("verify", site.lab.name, "--json").out)
    finally:
        site.lab.script(f"docker unpause {connector}")
    failed = {one["name"] for one in report["checks"] if one["outcome"] == "failed"}
    assert check in failed


def test_an_origin_on_the_loopback_is_reached_by_a_counted_waiver_only(site: Public) -> None:
    local = {"service": "http://127.0.0.1:8000", "paths": [MODELS], "audience": [CONSUMER]}
    waiver = {"waivers__host-network-connector": "something answers on the loopback of the machine only"}
    names = {NAME: {"audience": [CONSUMER]}, "local.example.org": local}
    site.lab.deploy(**{**site.edge_of(names), **waiver})
    (connector,) = site.connectors()
    assert set(site.inspect(connector)["NetworkSettings"]["Networks"]) == {"host"}
    caller = site.caller()
    assert caller.ask("GET", MODELS, seconds=20)["status"] == 200
    assert replace(caller, name="local.example.org").ask("GET", MODELS, seconds=20)["status"] == 200
    report = json.loads(site.lab.ocrfleet("verify", site.lab.name, "--json").out)
    assert "host-network-connector" in report["waivers"]
    assert [one for one in report["checks"] if one["outcome"] != "passed"] == []
    site.deploy()
    assert site.caller().ask("GET", MODELS, seconds=20)["status"] == 200


def test_an_exporter_answers_on_the_loopback_of_the_machine_only(site: Public) -> None:
    metrics = {"image": site.edge.image, "listens": 8080, "port": 9400, "command": []}
    serve = ["tunnel", "--metrics", "0.0.0.0:8080", "run", "--token-file", "/nothing"]
    site.deploy(exporters__probe={**metrics, "command": serve})
    listed = ("docker", "ps", "--all", "--filter=label=ocrfleet.part=probe", "--format={{.Ports}} {{.Names}}")
    assert site.lab.inside(*listed).out.split()
    ports = site.lab.inside("docker", "inspect", "--format={{json .HostConfig.PortBindings}}", listed_name(site)).out
    assert json.loads(ports) == {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9400"}]}
    site.deploy()
    assert site.lab.inside(*listed).out.split() == []


def listed_name(site: Public) -> str:
    """The exporter's container."""
    words = ("docker", "ps", "--all", "--quiet", "--filter=label=ocrfleet.part=probe")
    return site.lab.inside(*words).out.strip()


def test_all_of_it_goes_in_reverse_and_nothing_stays(site: Public) -> None:
    ran = site.lab.pulumi("destroy", f"--stack={site.lab.name}", "--yes", "--skip-preview")
    ends = [line for line in ran.out.splitlines() if " deleted" in line]
    kinds = ("DnsRecord", "docker:index:Container", "HostSecret", "zeroTrustTunnelCloudflared:", "AccessApplication")
    order = [next((at for at, line in enumerate(ends) if kind.lower() in line.lower()), -1) for kind in kinds]
    assert site.connectors() == []
    assert "ocrfleet-edge" not in site.lab.inside("docker", "network", "ls", "--format={{.Name}}").out.split()
    assert site.lab.script("ls /var/lib/ocrfleet/secrets").out.split() == []
    assert site.api("GET", "{a}/access/apps") == []
    assert -1 not in order[:3]
    assert order[:3] == sorted(order[:3])
