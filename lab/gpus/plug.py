"""Gives a lab host a GPU, and takes it away again."""

from __future__ import annotations

import io
import subprocess
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path

from lab.gpus.cards import Card
from lab.project import LabProject

DRIVER = Path(__file__).with_name("driver")
PLACE = "run/lab-gpu"
# Docker looks for the hook's program once, at its own start, and takes --gpus from then on.
PROGRAMS = {
    "usr/bin/nvidia-smi": "nvidia_smi.py",
    "usr/bin/nvidia-container-runtime-hook": "hook.py",
    "usr/bin/nvidia-ctk": "nvidia_ctk.sh",
    "usr/local/bin/df": "df.sh",
}
BUDGET = (
    "for file in /sys/fs/cgroup/memory/$(hostname)/memory.limit_in_bytes /sys/fs/cgroup/$(hostname)/memory.max; "
    "do if [ -e $file ]; then cat $file; {then} fi; done"
)
BACK_SECONDS = 60.0


def plug_in(lab: LabProject, card: Card) -> str:
    """Put the card and its driver into a host on which nothing of ours runs; return the memory budget it had."""
    content = {path: (DRIVER / name).read_bytes() for path, name in PROGRAMS.items()}
    put(lab, {**content, f"{PLACE}/card.json": card.to_json().encode()}, mode=0o755)
    before = lab.script(BUDGET.format(then="")).out.strip()
    if card.is_shared:
        set_budget(lab, str(round(card.lab_gib * 1024**3)))
    restart_docker(lab)
    return before


def take_out(lab: LabProject, budget: str) -> None:
    """Leave the host as it was."""
    lab.inside("rm", "-rf", f"/{PLACE}", *(f"/{path}" for path in PROGRAMS))
    set_budget(lab, budget)
    restart_docker(lab)


def set_budget(lab: LabProject, size: str) -> None:
    """Let all containers of the host have so many bytes together."""
    lab.script(BUDGET.format(then=f"echo {size} >$file;"))


def hold(lab: LabProject, name: str, mib: int) -> str:
    """Let a program that is not ours hold GPU memory; return its process id, which lives until somebody ends it."""
    pid = lab.script("setsid sleep 900 >/dev/null 2>&1 & echo $!").out.strip()
    put(lab, {f"{PLACE}/held/{pid}/used": f"{pid} {mib} {name}\n".encode()}, mode=0o644)
    return pid


def put(lab: LabProject, files: Mapping[str, bytes], *, mode: int, written: int = 0) -> None:
    """Write files into the host, as root; `written` is when they say they were."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode, member.mtime = len(content), mode, written
            tar.addfile(member, io.BytesIO(content))
    words = [*lab.docker, "exec", "-i", lab.container, "tar", "-C", "/", "--no-same-owner", "-xf", "-"]
    subprocess.run(words, check=True, input=out.getvalue(), capture_output=True)


def restart_docker(lab: LabProject) -> None:
    """Restart the host's Docker engine and wait for it: its init starts it again."""
    before = lab.inside("pgrep", "-x", "dockerd").out
    lab.signal("TERM", "/usr/sbin/dockerd")
    deadline = time.monotonic() + BACK_SECONDS
    while lab.inside("pgrep", "-x", "dockerd", check=False).out in {"", before} or _is_away(lab):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the Docker engine inside {lab.container} did not come back")
        time.sleep(0.3)


def _is_away(lab: LabProject) -> bool:
    return lab.inside("docker", "info", check=False).code != 0
