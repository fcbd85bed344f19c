"""Host keys: which ones a host file pins, and how they are told apart in messages."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from paramiko import HostKeys, PKey, SSHClient, Transport
from paramiko.client import MissingHostKeyPolicy

from ocrfleet.errors import HostKeyRefused
from ocrfleet.project import Project
from ocrfleet.remote.prompt import Prompt
from ocrfleet.remote.target import Door

RSA = "ssh-rsa"
# How a key begins, and a line with no name in front of it.
BARE = ("ssh-", "ecdsa-")


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
    if not door.known_hosts_file:
        # What a host file lists is meant for this machine, whatever name stands in front of it.
        return tuple(pin for line in door.known_hosts for pin in _keys_in(line.split()))
    path = project.path(door.known_hosts_file)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return tuple(_of_file([line.split() for line in lines], door.server_name))


def repinned(text: str, name: str, pin: Pinned) -> str:
    """Return a known_hosts file's text in which a machine has this one key; the lines of others stay as they are."""
    lines = (_without(name, line) for line in text.splitlines(keepends=True))
    kept = "".join(line for line in lines if line is not None)
    end = "" if kept.endswith("\n") or not kept else "\n"
    return f"{kept}{end}{name} {pin.kind} {pin.body}\n"


class OnlyPinned(MissingHostKeyPolicy):
    """Accepts the pinned keys and no others. A client that knows no key itself asks about every key it is shown."""

    def __init__(self, pins: Sequence[Pinned], refusal: Callable[[str], HostKeyRefused]) -> None:
        self._pins, self._refusal = {(pin.kind, pin.body) for pin in pins}, refusal

    def missing_host_key(self, _client: SSHClient, _hostname: str, key: PKey) -> None:
        if (key.get_name(), key.get_base64()) not in self._pins:
            raise self._refusal(fingerprint(key.asbytes()))


def preferring(pins: Sequence[Pinned]) -> Callable[..., Transport]:
    """Make transports that ask for the pinned kinds of key first: a machine has several and shows one."""
    kinds = {pin.kind for pin in pins}

    def make(plug: Any, **options: Any) -> Transport:
        prompt: Any = Prompt(plug) if isinstance(plug, socket.socket) else plug
        transport = Transport(prompt, **options)
        security = transport.get_security_options()
        security.key_types = sorted(security.key_types, key=lambda kind: _kind_of(kind) not in kinds)
        return transport

    return make


def _kind_of(algorithm: str) -> str:
    return RSA if algorithm.startswith("rsa-") else algorithm


def _of_file(lines: Sequence[Sequence[str]], name: str) -> Iterator[Pinned]:
    """Read a known_hosts file as OpenSSH does: a key counts for the machines in front of it, unless it is revoked."""
    revoked = {pin for words in lines if words[:1] == ["@revoked"] for pin in _keys_in(words)}
    for words in lines:
        if words and not words[0].startswith(("#", "@")) and _is_for(words[0], name):
            yield from (pin for pin in _keys_in(words) if pin not in revoked)


def _without(name: str, line: str) -> str | None:
    """A line as it is without a machine: shorter, or none, where the machine is named or nobody is."""
    first, *_ = line.split(maxsplit=1) or [""]
    if first.startswith(BARE) or (first.startswith("|") and _is_for(first, name)):
        return None
    names = [] if first.startswith(("#", "@", "|")) else first.split(",")
    others = [one for one in names if one != name]
    if len(others) == len(names):
        return line
    return line.replace(first, ",".join(others), 1) if others else None


def _is_for(names: str, name: str) -> bool:
    """Whether a line's first word means a machine; a line that starts with its key means any."""
    if names.startswith("|"):
        return HostKeys.hash_host(name, names) == names
    if names.startswith(BARE):
        return True
    # A bracket is part of a name like [192.0.2.1]:2222; only `*`, `?` and a leading `!` mean something.
    patterns = names.replace("[", "[[]").split(",")
    denied = any(one.startswith("!") and fnmatchcase(name, one[1:]) for one in patterns)
    return not denied and any(fnmatchcase(name, one) for one in patterns)


def _keys_in(words: Sequence[str]) -> Iterator[Pinned]:
    """Give the key of a line, whatever stands in front of and behind it; none where there is no key we can use."""
    start = next((at for at, word in enumerate(words) if word.startswith(BARE)), len(words))
    if len(words) > start + 1:
        yield Pinned(words[start], words[start + 1])
