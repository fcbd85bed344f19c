"""How a program that runs OpenSSH itself reaches a host: to our pins only, with our key only."""

from __future__ import annotations

from dataclasses import dataclass

from ocrfleet.commands.ssh import options
from ocrfleet.errors import Refused
from ocrfleet.project import Project
from ocrfleet.remote.keys import pinned_keys
from ocrfleet.remote.target import Door, Target


@dataclass(frozen=True)
class OpenSsh:
    """Where a Docker engine answers over SSH, and the options of the `ssh` that leads there."""

    url: str
    options: tuple[str, ...]


def openssh(project: Project, target: Target) -> OpenSsh:
    """Describe the way to a host; raise Refused where a machine on it has no pinned key."""
    address = f"[{target.address}]" if ":" in target.address else target.address
    # Only where a host file says a path of the project is it one of this checkout.
    identity = target.identity_file
    if identity and not identity.startswith(("~", "/")):
        identity = str(project.path(identity))
    jump = (target.jump, _pins(project, target.jump, target.name)) if target.jump else None
    words = options(pins=_pins(project, target, target.name), identity=identity, jump=jump)
    return OpenSsh(f"ssh://{target.user}@{address}:{target.port}", tuple(words))


def _pins(project: Project, door: Door, host: str) -> tuple[str, ...]:
    pins = tuple(f"{door.server_name} {pin.kind} {pin.body}" for pin in pinned_keys(project, door))
    if not pins:
        raise Refused(f"{door.server_name} has no pinned host key", fix=f"ocrfleet trust {host}")
    return pins
