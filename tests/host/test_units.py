"""What `bootstrap` writes for systemd is what systemd understands; the lab itself has another init."""

import subprocess

from lab.project import LabProject
from lab.shell import output
from ocrfleet.operate.bootstrap import SCRIPT

PREPARE = """
mkdir -p /run/systemd/system
ln -s /bin/true /usr/local/bin/systemctl
sh -s -- ocr 172.30.240.0/24 172.30.241.0/28 || exit 90
cd /etc/systemd/system
{sabotage}
systemd-analyze verify --man=no ocrfleet-guard.service ocrfleet-shield.service 2>&1
"""


def verified(project: LabProject, sabotage: str = "") -> tuple[int, str]:
    """Run `bootstrap` on a machine that has systemd, and let that look at what was written."""
    image = output([*project.docker, "inspect", "--format={{.Image}}", project.container])
    words = ("run", "--rm", "-i", "--cap-add=NET_ADMIN", "--entrypoint=sh", image, "-c")
    done = subprocess.run(
        [*project.docker, *words, PREPARE.format(sabotage=sabotage)],
        check=False,
        input=SCRIPT.read_bytes(),
        stdout=subprocess.PIPE,
    )
    return done.returncode, done.stdout.decode()


def test_systemd_understands_both_units(project: LabProject) -> None:
    assert verified(project) == (0, "")


def test_systemd_complains_of_a_unit_that_is_wrong(project: LabProject) -> None:
    wrong = "sed -i s/always/eternally/ ocrfleet-guard.service"
    assert "Failed to parse service restart specifier" in verified(project, wrong)[1]
