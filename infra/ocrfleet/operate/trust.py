"""Pins a host's key in its host file."""

from __future__ import annotations

from pathlib import Path

from ocrfleet.errors import Refused
from ocrfleet.operate.hostfile import replace
from ocrfleet.project import Project
from ocrfleet.remote import Target
from ocrfleet.remote.keys import Pinned, repinned
from ocrfleet.remote.scan import scan
from ocrfleet.spec import HostSpec
from ocrfleet.spec.edit import pin_host_key

__all__ = ["pin", "scan"]

# Names in a known_hosts file may be in any encoding, and are not ours to change.
AS_IT_IS = "surrogateescape"


def pin(project: Project, host: HostSpec, shown: Pinned, fingerprint: str) -> Path:
    """Write the key where the host file keeps its keys; raise Refused when it is not the one that was asked for."""
    if shown.fingerprint != fingerprint:
        raise Refused(
            f"{host.name} shows the host key {shown.fingerprint}, not {fingerprint}",
            fix="compare again, on the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        )
    if host.ssh.known_hosts_file:
        path = project.path(host.ssh.known_hosts_file)
        known = path.read_bytes() if path.exists() else b""
        text = repinned(known.decode(errors=AS_IT_IS), Target.of(host).server_name, shown)
    else:
        path = project.hosts / f"{host.name}.yaml"
        text = pin_host_key(path.read_bytes().decode(), f"{shown.kind} {shown.body}")
    replace(path.resolve(), text.encode(errors=AS_IT_IS))
    return path
