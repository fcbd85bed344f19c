"""OpenSSH's configuration for the checklist: the same pins as our own connections."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Door(Protocol):
    """What a connection needs to know of a machine."""

    @property
    def address(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...


class Host(Door, Protocol):
    """A machine with a name, and the one to go through, if there is one."""

    @property
    def name(self) -> str: ...
    @property
    def jump(self) -> Door | None: ...


def config_text(target: Host, *, known_hosts: Path, control: Path, identity: str | None) -> str:
    """Describe one host; no other file, key or agent setting of the operator plays a part."""
    via = f"{target.name}-jump"
    lines = [
        *_door(target.name, target),
        *([f"ProxyJump {via}"] if target.jump else []),
        f"ControlPath {_path(control)}",
        "ControlMaster auto",
        "ControlPersist 30",
        *(_door(via, target.jump) if target.jump else []),
        "Host *",
        f"UserKnownHostsFile {_path(known_hosts)}",
        "GlobalKnownHostsFile none",
        "StrictHostKeyChecking yes",
        "PreferredAuthentications publickey",
        f"IdentityFile {_path(identity) if identity else 'none'}",
        *(["IdentitiesOnly yes"] if identity else []),
        "BatchMode yes",
        "ForwardAgent no",
        "ConnectTimeout 10",
    ]
    return "\n".join(lines) + "\n"


def _door(name: str, door: Door) -> list[str]:
    return [f"Host {name}", f"HostName {door.address}", f"Port {door.port}", f"User {door.user}"]


def _path(path: Path | str) -> str:
    """Write a path so that ssh neither splits it at a blank nor expands a percent sign."""
    return '"' + str(path).replace("%", "%%") + '"'
