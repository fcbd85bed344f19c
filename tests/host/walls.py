"""Tells how far the process that runs it can reach: started inside a container by its own Python, printed as JSON.

Its one argument is the address of a machine outside, on which nothing listens at port 9: who gets there is refused.
"""

import json
import os
import pwd
import socket
import sys
from contextlib import suppress
from pathlib import Path

DISCARD = 9
CACHE = Path("/home/engine/.cache")


def is_writable(folder: Path) -> bool:
    """Whether a file can be made there."""
    try:
        (folder / ".wall").write_text("x", encoding="utf-8")
        (folder / ".wall").unlink()
    except OSError:
        return False
    return True


def has_way_out(address: str) -> bool:
    """Whether a machine outside answers, if only with a no."""
    with socket.socket() as plug:
        plug.settimeout(2)
        try:
            plug.connect((address, DISCARD))
        except ConnectionRefusedError:
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
    "way_out": has_way_out(sys.argv[1]),
}
sys.stdout.write(json.dumps(told))
