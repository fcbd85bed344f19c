"""Logs in with a key, and with nothing else: it never asks anybody for anything."""

from __future__ import annotations

import base64
import binascii
import shlex
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from paramiko import (  # noqa: TID251  part of what ssh.py does
    Agent,
    AuthenticationException,
    Message,
    PKey,
    SSHException,
    Transport,
)

from ocrfleet.errors import LoginRefused

MAGIC = b"openssh-key-v1\0"


@dataclass(frozen=True)
class Login:
    """Who logs in where, and with which key: a file's, or the SSH agent's when there is none."""

    host: str
    user: str
    address: str
    identity: str | None
    path: Path | None

    def authenticate(self, transport: Transport) -> None:
        """Log in or raise LoginRefused; paramiko calls this once the host's key is accepted."""
        with closing(Agent()) as agent:
            self._offer(transport, self._keys(agent.get_keys()))

    def _keys(self, held: Sequence[PKey]) -> Sequence[PKey]:
        """The keys to offer: only the one that is named, also when it is the agent that can use it."""
        if self.path is None:
            return held or self._no_key()
        try:
            return [PKey.from_path(self.path)]
        except TypeError:
            # It has a passphrase. The public half of the file says which of the agent's keys it is.
            public = _public(self.path)
            return [key for key in held if public in {None, key.asbytes()}] or self._locked(self.path)
        except FileNotFoundError:
            raise self._refused(f"there is no key file {self.identity}", "correct ssh.identity_file") from None
        except (OSError, ValueError, SSHException) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not a private key"
            raise self._refused(f"cannot use the key {self.identity}: {why}", "correct ssh.identity_file") from None

    def _offer(self, transport: Transport, keys: Sequence[PKey]) -> None:
        said = ""
        for key in keys:
            try:
                more = transport.auth_publickey(self.user, key)
            except AuthenticationException as error:
                if not said and _hung_up(transport, error):
                    raise EOFError(f"it ended the login: {error}") from None
                said = str(error)
            else:
                return self._enough(more)
        raise self._refused(
            f"{self.user}@{self.address} does not accept {self.identity or 'any key of the SSH agent'} ({said})",
            f"add the public key to ~{self.user}/.ssh/authorized_keys on the host",
        )

    def _enough(self, more: Sequence[str]) -> None:
        if more:
            raise self._refused(
                f"it takes our key and then asks for {' or '.join(more)}", "let a key alone be enough for this user"
            )

    def _no_key(self) -> Sequence[PKey]:
        raise self._refused("no key is named and no SSH agent holds one", "ssh-add, or set ssh.identity_file")

    def _locked(self, path: Path) -> Sequence[PKey]:
        # The host file names the key from the project; who reads this may be anywhere.
        fix = f"ssh-add {shlex.quote(str(path.absolute()))}"
        raise self._refused(f"the key {self.identity} has a passphrase and no SSH agent holds it", fix)

    def _refused(self, reason: str, fix: str) -> LoginRefused:
        return LoginRefused(self.host, reason=reason, fix=fix)


def _hung_up(transport: Transport, error: AuthenticationException) -> bool:
    return not transport.is_active() or "timeout" in str(error)


def _public(path: Path) -> bytes | None:
    """The public half of a locked key file, which OpenSSH's own format leaves readable; None for older formats."""
    lines = path.read_text(encoding="ascii", errors="replace").strip().splitlines()
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error:
        return None
    if not blob.startswith(MAGIC):
        return None
    message = Message(blob.removeprefix(MAGIC))
    for _cipher_kdf_and_its_options in range(3):
        message.get_string()
    message.get_int()
    return message.get_string()
