"""Brings a port of a lab host's loopback to this machine's, through SSH as operators do."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lab.project import LabProject

SECONDS = 20.0


@contextmanager
def forwarded(project: LabProject, port: int, address: str = "127.0.0.1") -> Iterator[int]:
    """Give the port here that leads to an address and a port there."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        here: int = plug.getsockname()[1]
    keys = project.keys
    options = ("BatchMode=yes", f"UserKnownHostsFile={keys}/known_hosts", "ExitOnForwardFailure=yes")
    words = [word for option in options for word in ("-o", option)]
    way = ["-N", "-i", f"{keys}/id_ed25519", "-p", str(project.port), "-L", f"127.0.0.1:{here}:{address}:{port}"]
    with subprocess.Popen(["ssh", *words, *way, "ocr@127.0.0.1"]) as ssh:
        try:
            _wait(here, ssh)
            yield here
        finally:
            ssh.terminate()


def _wait(port: int, ssh: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while ssh.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit("the forwarded port does not answer")
