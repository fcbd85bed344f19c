"""The guard brings the service back, and only what passed its gate."""

import json
import time

from lab.project import GUARD, LabProject

# A guard of our own, until it has done something.
IMPATIENT = """\
restarts() { grep -c restarted /var/lib/ocrfleet/audit.jsonl; }
before=$(restarts)
echo '{"interval": 0.2, "limits": {"stuck": 1, "page": 0.5, "page_again": 0.2}}' |
    setpriv --reuid=ocr --regid=ocr --init-groups python3 -I /var/lib/ocrfleet/agent/current guard >/dev/null 2>&1 &
for look in $(seq 250); do
    [ "$(restarts)" = "$before" ] || break
    sleep 0.2
done
kill $!
"""


def until_it_reads(lab: LabProject, *, seconds: float = 90) -> str:
    """Read the sample as soon as the service does."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return lab.read()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def test_a_restart_of_the_machine_brings_the_serving_release_back(lab: LabProject) -> None:
    lab.deploy()
    lab.run([*lab.docker, "restart", lab.container])
    assert "Harbour Stores" in until_it_reads(lab)
    assert lab.engines() == ["ocrfleet-trial-1"]


def test_a_release_that_failed_its_gate_does_not_start_with_the_machine(lab: LabProject) -> None:
    lab.deploy()
    lab.up(engine__env={"FAULT": "wrong-text"})
    lab.run([*lab.docker, "restart", lab.container])
    until_it_reads(lab)
    assert lab.engines() == ["ocrfleet-trial-1"]


def test_an_engine_that_ends_by_itself_is_started_again(lab: LabProject) -> None:
    lab.deploy()
    lab.inside("docker", "kill", "ocrfleet-trial-1")
    assert "Harbour Stores" in until_it_reads(lab)


def test_what_was_stopped_on_purpose_stays_stopped_through_a_restart(lab: LabProject) -> None:
    lab.deploy()
    assert lab.ocrfleet("stop", lab.name).code == 0
    lab.run([*lab.docker, "restart", lab.container])
    time.sleep(12)
    assert lab.engines() == []
    assert "stopped on purpose" in lab.ocrfleet("status", lab.name).out
    assert lab.ocrfleet("start", lab.name).code == 0
    assert "Harbour Stores" in lab.read()


def test_a_docker_engine_that_was_killed_brings_the_service_back(lab: LabProject) -> None:
    lab.deploy()
    lab.signal("KILL", "/usr/sbin/dockerd")
    assert "Harbour Stores" in until_it_reads(lab)
    assert lab.engines() == ["ocrfleet-trial-1"]


def test_an_engine_that_is_healthy_and_does_nothing_is_started_anew(lab: LabProject) -> None:
    """The guard's own limits are minutes; a guard with shorter ones shows the same."""
    lab.deploy(gate__page_seconds=2)
    lab.hold_guard()
    for fault, ailment in (("stuck", "no request finished"), ("blind", "golden page not read")):
        lab.inside("docker", "exec", "ocrfleet-trial-1", "sh", "-c", f"printf {fault} >/tmp/fault")
        lab.script(IMPATIENT)
        last = json.loads(lab.ocrfleet("audit", lab.name, "--last", "1", "--json").out)[0]
        assert (last["who"], last["outcome"]) == ("guard", f"restarted: {ailment}")
    lab.signal("CONT", GUARD)
    assert "Harbour Stores" in until_it_reads(lab)


def test_a_job_that_is_killed_in_the_middle_of_a_swap_is_undone(lab: LabProject) -> None:
    """Stop-first: the old engine is down when the job dies, and nobody is there but the guard."""
    lab.deploy(cutover__strategy="stop-first")
    wish = {"cutover__strategy": "stop-first", "gate__healthy_seconds": 60, "engine__env": {"READ_SECONDS": "0.2"}}
    lab.write(**wish)
    lab.run(["sh", "-c", f"pulumi up --stack={lab.name} --yes --skip-preview --non-interactive >up.log 2>&1 &"])
    while lab.engines() != ["ocrfleet-trial-2"]:
        time.sleep(0.2)
    time.sleep(2)
    lab.signal("KILL", "pyz deploy")
    assert "Harbour Stores" in until_it_reads(lab)
    deadline = time.monotonic() + 30
    while lab.engines() != ["ocrfleet-trial-1"] and time.monotonic() < deadline:
        time.sleep(0.5)
    assert lab.engines() == ["ocrfleet-trial-1"]
    state = json.loads(lab.inside("cat", "/var/lib/ocrfleet/releases/2/record.json").out)
    assert state["state"] == "failed"
