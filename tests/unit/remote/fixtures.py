"""A host that answers SSH, the keys for it, and the agent as it answers there."""

from __future__ import annotations

import hashlib
import io
import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import paramiko  # noqa: TID251  the other end of the wire
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from ocrfleet.commands.containers import HOME
from ocrfleet.project import Project
from ocrfleet.remote import Remote, Target, connect
from ocrfleet.remote.ssh import SshSession
from tests.unit.remote.sshd import Behaviour, SshServer

CHUNK = 65536


def ed25519() -> paramiko.PKey:
    """A new key."""
    return paramiko.Ed25519Key.from_private_key(io.StringIO(_text(Ed25519PrivateKey.generate(), NoEncryption())))


def ecdsa() -> paramiko.PKey:
    """A new key of another type."""
    return paramiko.ECDSAKey.from_private_key(io.StringIO(_text(generate_private_key(SECP256R1()), NoEncryption())))


def key_file(path: Path, *, passphrase: str | None = None) -> paramiko.PKey:
    """Write a new private key as ssh-keygen does and return it."""
    key = Ed25519PrivateKey.generate()
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path.write_text(_text(key, lock), encoding="ascii")
    path.chmod(0o600)
    return paramiko.Ed25519Key.from_private_key(io.StringIO(_text(key, NoEncryption())))


def _text(key: Any, lock: KeySerializationEncryption) -> str:
    content: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, lock)
    return content.decode()


def hash_of(name: str) -> str:
    """A machine's name as OpenSSH hides it in known_hosts."""
    return str(paramiko.HostKeys.hash_host(name))


@dataclass
class Host:
    """One host, our key to it, and how it is reached."""

    folder: Path
    server: SshServer
    like: Behaviour
    target: Target

    @classmethod
    @contextmanager
    def running(cls, folder: Path, *host_keys: paramiko.PKey) -> Iterator[Host]:
        """A host that is up; its deploy user has our key."""
        (folder / f"root{HOME}/agent").mkdir(parents=True)
        like = Behaviour(folder / "root", accepted=[key_file(folder / "id")])
        server = SshServer(like, *(host_keys or [ed25519()]))
        target = Target(
            name="trial",
            address="127.0.0.1",
            port=server.port,
            user="ocr",
            known_hosts=(server.line,),
            identity_file=str(folder / "id"),
            connect_seconds=5.0,
            answer_seconds=5.0,
        )
        try:
            yield cls(folder, server, like, target)
        finally:
            server.close()

    @property
    def project(self) -> Project:
        return Project(self.folder)

    @contextmanager
    def session(self, **changes: Any) -> Iterator[SshSession]:
        """A session with the host, with something changed in its host file."""
        session = SshSession(self.project, replace(self.target, **changes))
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def remote(self, **changes: Any) -> Iterator[Remote]:
        """The host as everything above SSH sees it."""
        remote = connect(self.project, replace(self.target, **changes))
        try:
            yield remote
        finally:
            remote.session.close()

    def file(self, path: str) -> Path:
        """A file of the host."""
        return self.like.root / path.lstrip("/")


Answer = Callable[[dict[str, Any]], Any]


@dataclass
class FakeAgent:
    """A shell that behaves like one with Python and our agent; verbs answer what the test says."""

    root: Path
    verbs: dict[str, Answer]
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, command: str, channel: paramiko.Channel) -> int:
        *python, path, verb = shlex.split(command)
        assert python == ["python3", "-I"]
        file = self.root / path.lstrip("/")
        if not file.is_file():
            channel.sendall_stderr(f"python3: can't open file '{path}'\n".encode())
            return 2
        if hashlib.sha256(file.read_bytes()).hexdigest() != file.stem:
            return 65
        payload = json.loads(everything(channel))
        self.calls.append((verb, payload))
        answer = self.verbs[verb](payload)
        channel.sendall(answer if isinstance(answer, bytes) else json.dumps({"result": answer}).encode() + b"\n")
        return 0


def everything(channel: paramiko.Channel) -> bytes:
    """Read a command's input to its end."""
    content = b""
    while chunk := channel.recv(CHUNK):
        content += chunk
    return content
