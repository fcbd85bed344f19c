"""Pins a host's key in its host file."""

from __future__ import annotations

from pathlib import Path

from ocrfleet.errors import Refused
from ocrfleet.project import Project
from ocrfleet.remote.keys import Pinned
from ocrfleet.remote.scan import scan
from ocrfleet.spec import HostSpec
from ocrfleet.spec.edit import pin_host_key

__all__ = ["pin", "scan"]


def pin(project: Project, host: HostSpec, shown: Pinned, fingerprint: str) -> Path:
    """Write the key where the host file keeps its keys; raise Refused when it is not the one that was asked for."""
    if shown.fingerprint != fingerprint:
        raise Refused(
            f"{host.name} shows the host key {shown.fingerprint}, not {fingerprint}",
            fix="compare again, on the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        )
    line = f"{shown.kind} {shown.body}"
    path = project.hosts / f"{host.name}.yaml"
    if host.ssh.known_hosts_file:
        path = project.path(host.ssh.known_hosts_file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{line}\n", encoding="utf-8")
    else:
        path.write_bytes(pin_host_key(path.read_bytes().decode(), line).encode())
    return path
