"""What somebody changed by hand shows up, and is put right without a build or a new release."""

import pytest

from lab.project import GUARD, LabProject

PROXY = "ocrfleet-trial-proxy"
EDITS: dict[str, tuple[tuple[str, ...], str]] = {
    "engine stopped": (("docker", "stop", "ocrfleet-trial-1"), "release 1's container is not running"),
    "engine removed": (("docker", "rm", "--force", "ocrfleet-trial-1"), "release 1's container was removed"),
    "proxy removed": (("docker", "rm", "--force", PROXY), "the proxy's container was removed"),
    "upstream edited": (
        ("sh", "-c", "printf 127.0.0.9 >/var/lib/ocrfleet/proxy/upstream"),
        "requests go to another address than the serving release's",
    ),
    "Caddyfile edited": (
        ("sh", "-c", "echo '# me' >>/var/lib/ocrfleet/proxy/Caddyfile"),
        "the proxy's Caddyfile was edited",
    ),
    "key edited": (("sh", "-c", "printf x >/var/lib/ocrfleet/proxy/keys/next"), "the proxy's API keys were edited"),
}


@pytest.fixture
def unguarded(lab: LabProject) -> LabProject:
    """A deployed service whose guard is held still, so that it does not put things right first."""
    lab.deploy()
    lab.hold_guard()
    return lab


@pytest.fixture(autouse=True)
def waking(project: LabProject) -> object:
    """The guard goes on afterwards."""
    yield
    project.signal("CONT", GUARD, check=False)


@pytest.mark.parametrize("edit", EDITS)
def test_a_change_by_hand_is_named_and_healed(unguarded: LabProject, edit: str) -> None:
    lab = unguarded
    argv, sentence = EDITS[edit]
    lab.inside(*argv)

    assert sentence in lab.ocrfleet("status", lab.name).out
    assert sentence in lab.pulumi("refresh", f"--stack={lab.name}", "--yes", "--skip-preview").out
    assert sentence in lab.pulumi("preview", f"--stack={lab.name}").out

    healed = lab.up()
    assert healed.code == 0, healed.out
    assert sentence in healed.out
    assert lab.serving() == 1
    assert "Harbour Stores" in lab.read()
    assert "drift" not in lab.ocrfleet("status", lab.name).out


def test_a_refresh_brings_back_what_really_serves(lab: LabProject, project: LabProject) -> None:
    """The state follows the host, not the other way round."""
    lab.deploy()
    lab.deploy(engine__env={"READ_SECONDS": "0.2"})
    lab.remote.rollback(None, lambda _: None)
    lab.pulumi("refresh", f"--stack={lab.name}", "--yes", "--skip-preview")
    service = next(one for one in lab.exported()["deployment"]["resources"] if one["type"].endswith(":Service"))
    assert service["outputs"]["release"] == 1
    assert "READ_SECONDS" not in service["inputs"]["run"]


def test_a_lost_state_adopts_what_runs(lab: LabProject) -> None:
    lab.deploy()
    lab.pulumi("stack", "rm", lab.name, "--yes", "--force", "--preserve-config")
    lab.pulumi("stack", "init", lab.name)
    ran = lab.up()
    assert ran.code == 0, ran.out
    assert "unchanged: release 1" in ran.out
    assert lab.engines() == ["ocrfleet-trial-1"]


def test_a_lost_state_adopts_what_differs_and_stops_before_the_next_run_replaces_it(lab: LabProject) -> None:
    lab.deploy()
    lab.pulumi("stack", "rm", lab.name, "--yes", "--force", "--preserve-config")
    lab.pulumi("stack", "init", lab.name)
    stopped = lab.up(engine__env={"NOTE": "new"})
    assert "(ocrfleet exit code 10)" in stopped.out
    assert "+--env=NOTE=new" in stopped.out
    assert (lab.serving(), lab.engines()) == (1, ["ocrfleet-trial-1"])
    assert lab.up(engine__env={"NOTE": "new"}).code == 0
    assert (lab.serving(), lab.engines()) == (2, ["ocrfleet-trial-2"])
