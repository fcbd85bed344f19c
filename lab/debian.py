"""The image everything in the lab starts from: Debian, from a registry or made here by debootstrap."""

from __future__ import annotations

import subprocess
import tempfile

from lab.docker import Docker, ensure_commands
from lab.shell import LabError, as_root, run, succeeds
from lab.steps import Tell

NAME, SUITE = "ocrfleet-lab/debian:bookworm", "bookworm"
REGISTRY = "debian:bookworm-slim"
PULL_SECONDS = 120


def ensure_base(docker: Docker, tell: Tell) -> str:
    """Make sure the image is in this machine's engine; say which way it came."""
    if succeeds(docker("image", "inspect", NAME)):
        return "there already"
    tell(f"pulling {REGISTRY}")
    if succeeds(docker("pull", "--quiet", REGISTRY), seconds=PULL_SECONDS):
        run(docker("tag", REGISTRY, NAME), tell)
        return f"pulled {REGISTRY}"
    _debootstrap(docker, tell)
    return "made by debootstrap"


def _debootstrap(docker: Docker, tell: Tell) -> None:
    ensure_commands({"debootstrap": "debootstrap"}, tell)
    folder = tempfile.mkdtemp(prefix="ocrfleet-debootstrap-")
    try:
        tell("no registry answers; making the image with debootstrap")
        run(as_root("debootstrap", "--variant=minbase", SUITE, folder), tell)
        with subprocess.Popen(as_root("tar", "-C", folder, "-c", "."), stdout=subprocess.PIPE) as tar:
            done = subprocess.run(
                docker("import", "-", NAME), check=False, stdin=tar.stdout, capture_output=True, text=True
            )
    finally:
        # It belongs to root, and after a failure this machine's /proc and /sys may still be mounted in it.
        run(as_root("rm", "-rf", "--one-file-system", folder), tell)
    if done.returncode or tar.returncode:
        raise LabError(f"the base image could not be imported: {done.stderr.strip()}")
