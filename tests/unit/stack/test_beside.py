"""What runs beside the service runs in its host's own Docker engine, reached over SSH to the pinned key only."""

from __future__ import annotations

import json

import pulumi  # noqa: TID251  Pulumi's side
import pytest

from ocrfleet.provider.inputs import INPUTS, wrong
from ocrfleet.provider.values import UNKNOWN, Secret
from ocrfleet.spec import load_host
from ocrfleet.spec.edge import CLOUDFLARED
from ocrfleet.stack.component import place
from tests.unit.spec.files import with_values
from tests.unit.stack.program import Engine, Stack

EDGE = {"zone": "example.org", "team": "example", "hostnames": {"ocr.example.org": {"audience": ["page-worker"]}}}
EXPORTER = {"image": f"exporter@sha256:{'d' * 64}", "listens": 9400, "port": 9400}
TOKEN = "eyJhIjoiaHVudGVyMiJ9"


@pytest.fixture
def beside(stack: Stack) -> Stack:
    """A stack whose host has an edge, an exporter, and a pinned key."""
    text = with_values({"edge": EDGE, "exporters": {"gpu": EXPORTER}})
    (stack.project.hosts / "lab.yaml").write_text(text, encoding="utf-8")
    known = stack.project.path(".lab/host/known_hosts")
    known.parent.mkdir(parents=True)
    known.write_text("[127.0.0.1]:22022 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n", encoding="utf-8")

    def door() -> None:
        from ocrfleet.remote import Target
        from ocrfleet.remote.openssh import openssh
        from ocrfleet.stack.beside import Beside
        from ocrfleet.stack.plugin import Plugin

        host = load_host(stack.project, "lab")
        way = openssh(stack.project, Target.of(host))
        made = Beside(Plugin(), host, door=way, place=place(host), after=[])
        made.connector(pulumi.Output.secret(TOKEN), [])

    stack.door = door
    return stack


@pytest.fixture
def engine(beside: Stack) -> Engine:
    return beside.run()


def test_the_engine_is_reached_as_the_pinned_one_and_by_no_file_of_the_operators(engine: Engine) -> None:
    inputs = engine.declared["docker lab"].inputs
    assert inputs["host"] == "ssh://ocr@127.0.0.1:22022"
    options = json.loads(inputs["sshOpts"])
    assert "KnownHostsCommand=/usr/bin/printf '%%s\\n' '[127.0.0.1]:22022 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'" in options
    assert {"StrictHostKeyChecking=yes", "UserKnownHostsFile=none", "BatchMode=yes"} < set(options)
    assert options[:2] == ["-F", "none"]


def test_the_token_is_a_secret_on_the_wire_and_in_nothing_else(engine: Engine) -> None:
    told = engine.declared["HostSecret lab-tunnel-token"].inputs
    assert told["value"] == Secret(TOKEN)
    assert told["version"].startswith("edge-")
    assert TOKEN not in repr([one.inputs for one in engine.declared.values()])
    assert told.keys() == set(INPUTS["HostSecret"])
    assert wrong("HostSecret", {}, told) == {}


def test_the_connector_runs_what_is_pinned_with_the_file_of_its_tokens_version(engine: Engine) -> None:
    container = engine.declared["Container lab-connector"]
    version = engine.declared["HostSecret lab-tunnel-token"].inputs["version"]
    assert engine.declared["RemoteImage lab-connector"].inputs["name"] == CLOUDFLARED
    assert container.inputs["mounts"][0]["source"] == f"/var/lib/ocrfleet/secrets/{version}/tunnel-token"
    assert {"label": "ocrfleet.token", "value": version} in container.inputs["labels"]
    assert container.inputs["user"] == "65532:65532"


def test_a_new_connector_comes_before_the_old_one_goes(engine: Engine) -> None:
    request = engine.declared["Container lab-connector"].request
    assert (request.deleteBeforeReplaceDefined, request.deleteBeforeReplace) == (True, False)
    # The plugin gives each a name of its own, so that both can be there.
    assert "name" not in engine.declared["Container lab-connector"].inputs


def test_an_exporter_ends_before_the_next_takes_its_port(engine: Engine) -> None:
    request = engine.declared["Container lab-gpu"].request
    assert (request.deleteBeforeReplaceDefined, request.deleteBeforeReplace) == (True, True)


def test_a_shell_that_is_set_to_another_engine_is_refused(beside: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    with pytest.raises(Exception, match="DOCKER_CONTEXT would lead"):
        Stack(beside.project).run()


def test_the_connector_comes_after_its_token_and_its_way_out(engine: Engine) -> None:
    names = {urn.rpartition("::")[2] for urn in engine.declared["Container lab-connector"].request.dependencies}
    assert names >= {"lab-tunnel-token", "lab-outward"}


def test_a_preview_of_a_first_deploy_knows_no_version(beside: Stack) -> None:
    beside.preview = True
    engine = beside.run()
    assert engine.declared["Container lab-connector"].inputs["image"] == UNKNOWN


def test_an_exporter_needs_no_edge(stack: Stack, beside: Stack) -> None:
    text = with_values({"exporters": {"gpu": EXPORTER}})
    (stack.project.hosts / "lab.yaml").write_text(text, encoding="utf-8")
    declared = Stack(stack.project).run().declared
    assert declared["Container lab-gpu"].inputs["ports"] == [{"external": 9400, "internal": 9400, "ip": "127.0.0.1"}]
    assert declared["Container lab-gpu"].provider == "lab"
    assert not [name for name in declared if "connector" in name or "HostSecret" in name]
