"""Host keys: which ones a host file pins, and how they are told apart in messages."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from paramiko import HostKeys, PKey, SSHClient
from paramiko.client import MissingHostKeyPolicy
from paramiko.hostkeys import HostKeyEntry

from ocrfleet.errors import HostKeyRefused
from ocrfleet.project import Project
from ocrfleet.remote.target import Door


@dataclass(frozen=True)
class Pinned:
    """One host key that may be shown: its type and its base64 body."""

    kind: str
    body: str

    @property
    def fingerprint(self) -> str:
        """The key as `ssh-keygen -l` prints it."""
        return fingerprint(base64.b64decode(self.body))


def fingerprint(blob: bytes) -> str:
    """SHA256 of a public key, as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def pinned_keys(project: Project, door: Door) -> tuple[Pinned, ...]:
    """The keys a host file pins; none when its key file does not exist yet."""
    lines: Sequence[str] = door.known_hosts
    if door.known_hosts_file:
        path = project.path(door.known_hosts_file)
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else ()
    return tuple(_parse(line) for line in lines if line.strip() and not line.startswith("#"))


def trust(client: SSHClient, door: Door, pins: Sequence[Pinned]) -> None:
    """Let a client accept these keys for this door and no other."""
    keys: HostKeys = client.get_host_keys()
    for pin in pins:
        entry = HostKeyEntry.from_line(f"{door.server_name} {pin.kind} {pin.body}")
        if entry is not None and entry.key is not None:
            keys.add(door.server_name, pin.kind, entry.key)


class Refuse(MissingHostKeyPolicy):
    """Refuses every key that is not pinned, and says which one was shown."""

    def __init__(self, host: str, pins: Sequence[Pinned]) -> None:
        self._host, self._pins = host, pins

    def missing_host_key(self, _client: SSHClient, _hostname: str, key: PKey) -> None:
        raise HostKeyRefused(
            self._host, shown=fingerprint(key.asbytes()), pinned=[pin.fingerprint for pin in self._pins]
        )


def _parse(line: str) -> Pinned:
    """Take type and body out of a known_hosts line, with or without the names in front and the comment behind."""
    words = line.split()
    start = next(index for index, word in enumerate(words) if word.startswith(("ssh-", "ecdsa-")))
    return Pinned(words[start], words[start + 1])
