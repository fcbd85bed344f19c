"""PID 1 of the lab host: what systemd is to a real machine.

Runs the SSH server, the Docker daemon and the guard, starts them again when they end, and collects orphans. The marker
/run/ocrfleet-init tells `ocrfleet bootstrap` that a guard put into /etc/ocrfleet/guard will be looked after.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

SHIELD, GUARD = Path("/etc/ocrfleet/shield"), Path("/etc/ocrfleet/guard")
SERVICES = {
    "sshd": ["/usr/sbin/sshd", "-D", "-e"],
    "dockerd": ["/usr/sbin/dockerd", "--storage-driver=overlay2", "--log-level=warn"],
    "guard": ["/bin/sh", str(GUARD)],
}
PAUSE = 1.0
# What all containers of this host may have together, as if it were a small machine of its own.
BUDGET = 4 * 1024**3
GROUPS, DAEMON = Path("/sys/fs/cgroup"), Path("/etc/docker/daemon.json")
LIMITS = ("memory", "memory.limit_in_bytes"), (".", "memory.max")


def prepare() -> None:
    """Make what a boot makes: runtime folders without last boot's pid files, and the firewall rules."""
    for stale in ("/var/run/docker.pid", "/var/run/docker/containerd/containerd.pid", "/var/run/docker.sock"):
        Path(stale).unlink(missing_ok=True)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    Path("/run/ocrfleet-init").touch()
    confine()
    if SHIELD.exists():
        subprocess.run(["/bin/sh", str(SHIELD)], check=False)


def confine() -> None:
    """Let the Docker engine keep its containers in a control group with a limit; without such groups there is none."""
    group = socket.gethostname()
    config = json.dumps({"cgroup-parent": f"/{group}"} if any(limit(group, *one) for one in LIMITS) else {})
    DAEMON.parent.mkdir(exist_ok=True)
    DAEMON.write_text(config, encoding="utf-8")


def limit(group: str, folder: str, name: str) -> bool:
    """Limit a control group's memory; False where this kind of groups is not there or not ours to change."""
    place = GROUPS / folder / group
    try:
        place.mkdir(exist_ok=True)
        if not (place / name).exists():
            place.rmdir()
            return False
        (place / name).write_text(str(BUDGET), encoding="ascii")
    except OSError:
        return False
    return True


def release(group: str) -> None:
    """Leave no control group behind on the machine around us."""
    for place in (GROUPS / group, *GROUPS.glob(f"*/{group}")):
        for folder, _, _ in os.walk(place, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()


Services = dict[str, "subprocess.Popen[bytes] | None"]


def start(name: str) -> "subprocess.Popen[bytes] | None":
    """Start one service in a process group of its own; the guard only once it is installed.

    Keep the object: one that is let go of collects a child that has ended already, and nobody hears of it.
    """
    if name == "guard" and not GUARD.exists():
        return None
    return subprocess.Popen(SERVICES[name], start_new_session=True, stdin=subprocess.DEVNULL)


def collect(services: Services) -> None:
    """Collect every child that has ended; forget the services among them."""
    with suppress(ChildProcessError):
        while ended := os.waitpid(-1, os.WNOHANG)[0]:
            for name, service in services.items():
                if service is not None and service.pid == ended:
                    services[name] = None


def stop(services: Services) -> None:
    """End the services; the Docker daemon stops its containers before it ends."""
    for name in ("guard", "dockerd", "sshd"):
        if (service := services[name]) is not None:
            service.terminate()
    deadline = time.monotonic() + 8
    while services["dockerd"] and time.monotonic() < deadline:
        collect(services)
        time.sleep(0.1)
    release(socket.gethostname())
    sys.exit(0)


def main() -> None:
    """Look after the services for ever."""
    prepare()
    services: Services = dict.fromkeys(SERVICES)
    signal.signal(signal.SIGTERM, lambda *_: stop(services))
    while True:
        for name in SERVICES:
            services[name] = services[name] or start(name)
        collect(services)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
