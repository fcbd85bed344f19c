"""OpenSSH's configuration for the checklist: the same pins as our own connections."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Door(Protocol):
    """What a connection needs to know of a machine."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...


def config_text(target: Door, *, known_hosts: Path, control: Path, identity: str | None) -> str:
    """Describe one host; no other file, key or agent setting of the operator plays a part."""
    lines = [
        f"Host {target.name}",
        f"HostName {target.address}",
        f"Port {target.port}",
        f"User {target.user}",
        f"UserKnownHostsFile {known_hosts}",
        "GlobalKnownHostsFile /dev/null",
        "StrictHostKeyChecking yes",
        "PasswordAuthentication no",
        "BatchMode yes",
        "ForwardAgent no",
        f"ControlPath {control}",
        "ControlMaster auto",
        "ControlPersist 30",
        *([f"IdentityFile {identity}", "IdentitiesOnly yes"] if identity else []),
    ]
    return "\n".join(lines) + "\n"
