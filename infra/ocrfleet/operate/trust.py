"""Pins a host's key in its host file."""

from __future__ import annotations

from pathlib import Path

from ocrfleet.errors import HostKeyRefused
from ocrfleet.project import Project
from ocrfleet.remote.keys import Pinned
from ocrfleet.remote.scan import scan
from ocrfleet.spec import HostSpec
from ocrfleet.spec.edit import pin_host_key

__all__ = ["pin", "scan"]


def pin(project: Project, host: HostSpec, shown: Pinned, fingerprint: str) -> Path:
    """Write the key where the host file keeps its keys; raise HostKeyRefused when it is not the expected one."""
    if shown.fingerprint != fingerprint:
        raise HostKeyRefused(host.name, shown=shown.fingerprint, pinned=[fingerprint])
    if host.ssh.known_hosts_file:
        path = project.path(host.ssh.known_hosts_file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{shown.kind} {shown.body}\n", encoding="utf-8")
    else:
        path = project.hosts / f"{host.name}.yaml"
        text = pin_host_key(path.read_text(encoding="utf-8"), f"{shown.kind} {shown.body}")
        path.write_text(text, encoding="utf-8")
    return path
