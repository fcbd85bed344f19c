"""What somebody changed by hand shows up, and is put right without a build or a new release."""

from collections.abc import Iterator

import pytest

from lab.project import GUARD, LabProject

PROXY = "ocrfleet-trial-proxy"
BUILDS = 'grep -l \'"what": *"build\' /var/lib/ocrfleet/jobs/*/job.json | wc -l'
HOME = "/var/lib/ocrfleet"
# Says of the guard that it is alive, for as long as it is held.
ALIVE = f"""\
(while :; do echo '{{"at": '$(date +%s)'}}' >{HOME}/guard.json; sleep 5; done) >/dev/null 2>&1 &
echo $! >/tmp/alive
"""
UNNAME = """\
image=$(docker inspect --format={{.Image}} ocrfleet-trial-1)
docker rmi --force $(docker image inspect --format '{{range .RepoTags}}{{.}} {{end}}' $image)
docker stop ocrfleet-trial-1
"""
ANEW = """\
image=$(docker inspect --format={{.Image}} ocrfleet-trial-1)
docker rm --force ocrfleet-trial-1
docker run --detach --name=ocrfleet-trial-1 --label=ocrfleet.host=trial --env=FAULT=wrong-text $image
"""
FILES = f"""\
printf 127.0.0.9 >{HOME}/proxy/upstream
echo '# me' >>{HOME}/proxy/Caddyfile
sed -i s/THREAD_LIMIT=1/THREAD_LIMIT=7/ {HOME}/releases/1/manifest.json
"""
# The file stays as it is: only Caddy knows what it was told.
OPENED = f"""\
sed -e 's|handle @keyless|handle @never|' -e 's|^\t@models {{|\t@never path /never\\n&|' {HOME}/proxy/Caddyfile |
docker exec --interactive {PROXY} /usr/local/bin/caddy reload --config=- --adapter=caddyfile
"""
# Each is a shell script that somebody types on the host, and the sentences that name what was done.
EDITS: dict[str, tuple[str, tuple[str, ...]]] = {
    "engine stopped and its image's name removed": (
        UNNAME,
        ("release 1's container is not running", "release 1's image lost its name"),
    ),
    "engine made anew with another environment": (
        ANEW,
        ("release 1's container was removed",),
    ),
    "proxy removed and a key edited": (
        f"docker rm --force {PROXY}; printf x >{HOME}/proxy/keys/next",
        ("the proxy's container was removed", "the proxy's API keys were edited"),
    ),
    "proxy told to let everybody in": (OPENED, ("the proxy lets requests in that show no key",)),
    "every file edited": (
        FILES,
        (
            "requests go to another address than the serving release's",
            "the proxy's Caddyfile was edited",
            "the record of what release 1 runs was edited",
        ),
    ),
}


@pytest.fixture
def unguarded(lab: LabProject) -> Iterator[LabProject]:
    """A deployed service whose guard is held still, so that it does not put things right first."""
    lab.deploy()
    lab.hold_guard()
    lab.script(ALIVE)
    yield lab
    lab.script("kill $(cat /tmp/alive)")
    lab.signal("CONT", GUARD)


@pytest.mark.parametrize("edit", EDITS)
def test_a_change_by_hand_is_named_and_healed(unguarded: LabProject, edit: str) -> None:
    lab = unguarded
    script, sentences = EDITS[edit]
    built = lab.script(BUILDS).out
    lab.script(script)

    seen = [
        lab.ocrfleet("status", lab.name).out,
        lab.pulumi("refresh", f"--stack={lab.name}", "--yes", "--skip-preview").out,
        lab.pulumi("preview", f"--stack={lab.name}").out,
    ]
    healed = lab.up()
    assert healed.code == 0, healed.out
    for text in (*seen, healed.out):
        assert [sentence for sentence in sentences if sentence not in text] == [], text

    assert (lab.serving(), lab.script(BUILDS).out) == (1, built)
    assert "Harbour Stores" in lab.read()
    assert "drift" not in lab.ocrfleet("status", lab.name).out


def test_who_looks_inside_an_engine_can_change_nothing_there(lab: LabProject) -> None:
    lab.deploy()
    words = ("docker", "exec", "--user=0", "ocrfleet-trial-1", "/opt/engine/bin/python3", "-c")
    ran = lab.inside(*words, "open('/opt/engine/app/faulty.py', 'a')", check=False)
    assert (ran.code, "Read-only file system" in ran.out) == (1, True)
    assert "/opt" not in lab.inside("docker", "diff", "ocrfleet-trial-1").out


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
