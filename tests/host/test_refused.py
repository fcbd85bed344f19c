"""What would fail is refused beforehand, with the reason, and nothing is changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.project import GUARD, LabProject

FOREIGN = ("docker", "run", "--detach", "--name=ocrfleet-trial-proxy", "--entrypoint=sleep")
TAKER = (
    "import socket, time; s = socket.socket(); s.setsockopt(1, 2, 1); "
    "s.bind(('127.0.0.1', 8000)); s.listen(); time.sleep(300)"
)
ROOTLESS = """\
#!/bin/sh
case "$1" in
info) echo '{"ServerVersion": "28.0.0", "SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}' ;;
*) exec /usr/bin/docker "$@" ;;
esac
"""


def refused(lab: LabProject, reason: str) -> None:
    """Deploy, and see that it is refused for this reason."""
    ran = lab.up()
    assert ran.code != 0
    assert reason in ran.out, ran.out
    assert "(ocrfleet exit code 10)" in ran.out
    assert "changed: nothing" in ran.out
    assert lab.engines() == []


@contextmanager
def instead_of_docker(lab: LabProject, script: str) -> Iterator[None]:
    """Put another program where the deploy user finds docker first."""
    lab.script(f"cat >/usr/local/bin/docker <<'END'\n{script}END\nchmod 755 /usr/local/bin/docker")
    try:
        yield
    finally:
        lab.inside("rm", "/usr/local/bin/docker")


def test_a_host_without_docker(lab: LabProject) -> None:
    with instead_of_docker(lab, "#!/bin/sh\nexit 127\n"):
        refused(lab, "there is no docker command on the host")


def test_a_host_with_rootless_docker(lab: LabProject) -> None:
    lab.deploy()
    with instead_of_docker(lab, ROOTLESS):
        ran = lab.up(engine__env={"READ_SECONDS": "0.3"})
        assert "Docker runs rootless there" in ran.out
        assert "(ocrfleet exit code 10)" in ran.out
    assert lab.serving() == 1


def test_a_host_without_a_guard(lab: LabProject) -> None:
    lab.inside("mv", "/etc/ocrfleet/guard", "/etc/ocrfleet/guard.off")
    lab.signal("TERM", GUARD)
    lab.script("rm -f /var/lib/ocrfleet/guard.json")
    try:
        refused(lab, "no guard is alive on this host")
    finally:
        lab.inside("mv", "/etc/ocrfleet/guard.off", "/etc/ocrfleet/guard")
        lab.ocrfleet("bootstrap", lab.name)


def test_a_port_that_somebody_else_has(lab: LabProject) -> None:
    lab.script(f'python3 -c "{TAKER}" >/dev/null 2>&1 &')
    try:
        refused(lab, "port: 8000 is taken by something that is not ours")
        assert "s.listen()" in lab.inside("pgrep", "-af", "s[.]listen").out, "the stranger was touched"
    finally:
        lab.signal("TERM", "s[.]listen")


def test_a_name_that_somebody_else_has(lab: LabProject) -> None:
    lab.inside(*FOREIGN, "ocrfleet-lab/debian:bookworm", "300")
    try:
        refused(lab, "a container named ocrfleet-trial-proxy exists and is not ours")
        assert "ocrfleet-trial-proxy" in lab.inside("docker", "ps", "--format={{.Names}}").out, "it was touched"
    finally:
        lab.inside("docker", "rm", "--force", "ocrfleet-trial-proxy")


def test_a_host_that_another_stack_owns(lab: LabProject) -> None:
    owner = '{"project": "other", "stack": "prod"}'
    lab.script(f"echo '{owner}' >/var/lib/ocrfleet/owner.json; chown ocr: /var/lib/ocrfleet/owner.json")
    try:
        refused(lab, "this host belongs to the stack other/prod; you are ocrfleet/trial")
    finally:
        lab.inside("rm", "/var/lib/ocrfleet/owner.json")


def test_a_stack_without_a_host_file(lab: LabProject) -> None:
    lab.pulumi("stack", "init", "nowhere")
    try:
        ran = lab.pulumi("up", "--stack=nowhere", "--yes", "--skip-preview", check=False)
        assert ran.code != 0
        assert "there is no host file hosts/nowhere.yaml (hosts here: trial)" in ran.out
        assert "Traceback" not in ran.out
    finally:
        lab.pulumi("stack", "rm", "nowhere", "--yes", "--force")


def test_a_host_whose_key_changed(lab: LabProject) -> None:
    lab.deploy()
    known = lab.keys / "known_hosts"
    right = known.read_text(encoding="utf-8")
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4e0zDJgLZ2HCPzyzZ1jAeb5ylqHB1tqCHcQk5ZdWyK\n"
    known.write_text(f"[127.0.0.1]:{lab.port} {other}", encoding="utf-8")
    try:
        for words in (("up", "--skip-preview"), ("refresh", "--skip-preview"), ("destroy", "--skip-preview")):
            ran = lab.pulumi(words[0], f"--stack={lab.name}", "--yes", *words[1:], check=False)
            assert ran.code != 0, words
            assert ran.out.count("SHA256:") >= 2, ran.out
        assert lab.ocrfleet("rollback", lab.name).code == 10
    finally:
        known.write_text(right, encoding="utf-8")
    assert lab.serving() == 1


def test_a_host_that_is_down_is_never_reported_as_destroyed(lab: LabProject) -> None:
    lab.deploy()
    subject = ["pulumi", "destroy", f"--stack={lab.name}", "--yes", "--skip-preview", "--non-interactive"]
    lab.signal("STOP", "/usr/sbin/sshd -D")
    try:
        lab.write(ssh__connect_seconds=2)
        ran = lab.run(subject, check=False)
        assert ran.code != 0
        assert "(ocrfleet exit code 40)" in ran.out
    finally:
        lab.signal("CONT", "/usr/sbin/sshd -D")
    assert lab.serving() == 1


@pytest.mark.parametrize("value", ["line\nbreak", 'quo"te', "back`tick", "$(reboot)"])
def test_a_value_with_a_dangerous_character_sends_nothing(lab: LabProject, value: str) -> None:
    lab.write(engine__env={"NOTE": value})
    ran = lab.ocrfleet("deploy", lab.name)
    assert ran.code == 10
    assert "engine.env.NOTE: expected plain text" in ran.out
    assert "serving: not asked; nothing was sent to the host" in ran.out


def test_an_address_that_changed_is_refused_until_the_old_one_is_destroyed(lab: LabProject) -> None:
    lab.deploy()
    ran = lab.up(ssh__address="localhost")
    assert ran.code != 0
    assert "this stack was deployed to 127.0.0.1" in ran.out
    lab.write()
    assert lab.serving() == 1


def test_rendering_needs_no_host(lab: LabProject, tmp_path: Path) -> None:
    lab.write(ssh__address="192.0.2.1")
    assert lab.ocrfleet("render", lab.name, "--out", str(tmp_path / "out")).code == 0
    assert (tmp_path / "out" / "context" / "Dockerfile").is_file()
