"""Tells how far the process that runs it can reach: started inside a container by its own Python, printed as JSON."""

import json
import os
import pwd
import socket
import sys
from contextlib import suppress
from pathlib import Path

# Nobody answers there: without a way out the kernel says so at once, with one it takes its time.
OUTSIDE = ("192.0.2.1", 443)
CACHE = Path("/home/engine/.cache")


def is_writable(folder: Path) -> bool:
    """Whether a file can be made there."""
    try:
        (folder / ".wall").write_text("x", encoding="utf-8")
        (folder / ".wall").unlink()
    except OSError:
        return False
    return True


def has_way_out() -> bool:
    """Whether there is a route to somewhere else."""
    with socket.socket() as plug:
        plug.settimeout(1)
        try:
            plug.connect(OUTSIDE)
        except TimeoutError:
            return True
        except OSError:
            return False
    return True


def most_processes() -> str:
    """The limit of its control group, of either kind."""
    for path in ("/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max"):
        with suppress(FileNotFoundError):
            return Path(path).read_text(encoding="utf-8").strip()
    return "none"


def name_of(uid: int) -> str:
    """The user's name in /etc/passwd."""
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return "none"


status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
shm = os.statvfs("/dev/shm")
told = {
    "user": [os.getuid(), os.getgid(), name_of(os.getuid())],
    "capabilities": [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")],
    "no_new_privileges": status["NoNewPrivs"],
    "writable": [str(one) for one in (*map(Path, ("/", "/etc", "/opt", "/model")), CACHE) if is_writable(one)],
    "writable_tmp": is_writable(Path("/tmp")),
    "most_processes": most_processes(),
    "shm_gib": shm.f_blocks * shm.f_frsize / (1 << 30),
    "way_out": has_way_out(),
}
sys.stdout.write(json.dumps(told))
