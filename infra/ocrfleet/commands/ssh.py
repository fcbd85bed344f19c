"""OpenSSH's configuration for the checklist: the same pins as our own connections."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Protocol

Lines = tuple[str, ...]


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
        *(f"{name} {value}" for name, value in _settings(_path(known_hosts), identity)),
    ]
    return "\n".join(lines) + "\n"


def options(*, pins: Lines, identity: str | None, jump: tuple[Door, Lines] | None = None) -> list[str]:
    """Say the same as options for a program that runs `ssh` itself, with the pins in them: no file has to be there."""
    told = [("KnownHostsCommand", _telling(pins)), *_settings("none", identity)]
    through = [("ProxyCommand", _through(*jump, identity=identity))] if jump else []
    return ["-F", "none", *(word for name, value in [*told, *through] for word in ("-o", f"{name}={value}"))]


def _settings(known_hosts: str, identity: str | None) -> list[tuple[str, str]]:
    """What holds for every machine: its pins and our key count, and nobody is asked."""
    return [
        ("UserKnownHostsFile", known_hosts),
        ("GlobalKnownHostsFile", "none"),
        ("StrictHostKeyChecking", "yes"),
        ("PreferredAuthentications", "publickey"),
        ("IdentityFile", _path(identity) if identity else "none"),
        *([("IdentitiesOnly", "yes")] if identity else []),
        ("BatchMode", "yes"),
        ("ForwardAgent", "no"),
        ("ConnectTimeout", "10"),
    ]


def _telling(pins: Lines) -> str:
    """A command that prints known_hosts lines, as ssh splits and expands it."""
    return " ".join(["/usr/bin/printf", r"'%%s\n'", *(f"'{line}'" for line in pins)])


def _through(jump: Door, pins: Lines, *, identity: str | None) -> str:
    """A command for a shell that leads through another machine."""
    words = ["ssh", *options(pins=pins, identity=identity), "-p", str(jump.port), "-l", jump.user]
    # Of all percent signs, only those of the address are for the ssh that runs this.
    return f"{shlex.join(words).replace('%', '%%')} -W '[%h]:%p' -- {jump.address}"


def _door(name: str, door: Door) -> list[str]:
    return [f"Host {name}", f"HostName {door.address}", f"Port {door.port}", f"User {door.user}"]


def _path(path: Path | str) -> str:
    """Write a path so that ssh neither splits it at a blank nor expands a percent sign."""
    return '"' + str(path).replace("%", "%%") + '"'
