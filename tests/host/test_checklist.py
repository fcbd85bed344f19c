"""Every check of `ocrfleet verify` is proven able to fail: one sabotage each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from lab.project import GUARD, LabProject

ENGINE, PROXY = "ocrfleet-trial-2", "ocrfleet-trial-proxy"
HOME = "/var/lib/ocrfleet"
ADDRESS = ("--network=ocrfleet-engines", "--ip=172.30.240.4")
HARD = ("--user=10001:10001", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
OPEN_DOOR = "{\n\tadmin unix//run/caddy/admin.sock\n}\nhttp://:8080 {\n\trespond 200\n}\n"
LISTENER = "import socket, time; s = socket.socket(); s.bind(('$(hostname -i)', 8000)); s.listen(); time.sleep(120)"

LIAR = """\
import json, subprocess, sys
done = subprocess.run(["python3", "-I", "$real", *sys.argv[1:]], stdin=sys.stdin, capture_output=True, text=True)
answer = json.loads(done.stdout)
answer["result"].update({facts})
print(json.dumps(answer))"""

Sabotage = Callable[[LabProject], object]


def engine(*flags: str, lab: LabProject) -> None:
    """Put a container with these flags in the place of the engine's, in the records too."""
    record = f"{HOME}/releases/2/record.json"
    image = lab.inside("docker", "inspect", "--format={{.Image}}", ENGINE).out.strip()
    lab.inside("docker", "rm", "--force", ENGINE)
    made = lab.inside("docker", "run", "--detach", f"--name={ENGINE}", *flags, image).out.strip().splitlines()[-1]
    known = json.loads(lab.inside("cat", record).out)
    lab.script(f"cat >{record} <<'END'\n{json.dumps({**known, 'container': made})}\nEND")


def open_door(lab: LabProject) -> None:
    """Let the proxy say yes to everybody and everything."""
    lab.script(f"cat >{HOME}/proxy/Caddyfile <<'END'\n{OPEN_DOOR}END")
    lab.inside("docker", "exec", PROXY, "caddy", "reload", "--config=/etc/caddy/Caddyfile")


def inside(*argv: str) -> Sabotage:
    """Run a command on the host."""
    return lambda lab: lab.inside(*argv)


def script(text: str) -> Sabotage:
    """Run a shell script on the host."""
    return lambda lab: lab.script(text)


def replaced(*flags: str) -> Sabotage:
    """Replace the engine's container by one with other flags."""
    return lambda lab: engine(*flags, lab=lab)


def told(**facts: float | str) -> Sabotage:
    """Let the agent tell other facts; a disk that is full and a clock that is wrong would hit this machine too."""
    return lambda lab: lab.script(
        f"real=$(readlink -f {HOME}/agent/current) && rm {HOME}/agent/current && "
        f"cat >{HOME}/agent/current <<END\n{LIAR.format(facts=facts)}\nEND"
    )


def without(flag: str) -> tuple[str, ...]:
    """The hardening flags but one."""
    return tuple(one for one in HARD if one != flag)


SABOTAGES: dict[str, Sabotage] = {
    "the container runs the image of the serving release": inside("docker", "stop", ENGINE),
    "the image is for this machines processor": told(arch="riscv64"),
    "nothing was changed by hand": script(f"echo '# me' >>{HOME}/proxy/Caddyfile"),
    "the engine is not root and cannot become root": replaced(*ADDRESS, "--user=0:0", *without(HARD[0])),
    "the engine cannot change its own files": replaced(*ADDRESS, *without("--read-only")),
    "the engine cannot fill the host": replaced(*ADDRESS, *HARD, "--log-opt=max-size=10m"),
    "the engine has no way out": replaced("--network=ocrfleet-front", *HARD),
    "the previous release is retained": inside("docker", "rm", "ocrfleet-trial-1"),
    "the golden page is read through the proxy": script(f"printf 127.0.0.9 >{HOME}/proxy/upstream"),
    "the golden page is read to its end": replaced(*ADDRESS, *HARD, "--env=ENDS=length"),
    "a drain can see who still waits": replaced(*ADDRESS, *HARD, "--env=GAUGE=other"),
    "the model is listed under its name": replaced(*ADDRESS, *HARD, "--env=MODEL=other"),
    "nobody reads a page without a key": open_door,
    "other paths are not found": open_door,
    "nothing of ours listens but on loopback": script(f'python3 -c "{LISTENER}" >/dev/null 2>&1 & sleep 1'),
    "containers are closed to the local network": inside("rm", "/run/ocrfleet-shield"),
    "the guard is alive": script(f"echo '{{\"at\": 5}}' >{HOME}/guard.json"),
    "there is room on the disk": told(disk_free_gib=0.5),
    "the clock is right": told(now=5.0),
}


@pytest.fixture
def deployed(lab: LabProject) -> Iterator[LabProject]:
    """Two releases, and a guard held still so that it does not put the sabotage right."""
    lab.deploy()
    lab.deploy(engine__env={"READ_SECONDS": "0.2"})
    lab.hold_guard()
    lab.script(f"echo '{{\"at\": '$(date +%s)'}}' >{HOME}/guard.json")
    yield lab
    lab.signal("KILL", "s[.]listen", check=False)
    lab.script("touch /run/ocrfleet-shield")
    lab.remote.tell("current")
    lab.signal("CONT", GUARD)


def outcomes(lab: LabProject) -> dict[str, str]:
    """Run the checklist; the outcome of each check."""
    ran = lab.ocrfleet("verify", lab.name, "--json")
    report = json.loads(ran.out)
    assert (ran.code == 0) == (report["failed"] == report["skipped"] == 0)
    return {check["name"]: check["outcome"] for check in report["checks"]}


def test_a_good_host_passes_every_check_and_every_check_has_its_sabotage(deployed: LabProject) -> None:
    found = outcomes(deployed)
    assert set(found.values()) == {"passed"}, found
    assert set(found) == set(SABOTAGES)


@pytest.mark.parametrize("check", SABOTAGES)
def test_a_check_fails_when_what_it_protects_is_broken(deployed: LabProject, check: str) -> None:
    SABOTAGES[check](deployed)
    assert outcomes(deployed)[check] == "failed"
