"""SSH through Fabric: the only place that opens a connection."""

from __future__ import annotations

import posixpath
import shlex
import threading
from contextlib import closing, suppress
from typing import Any

from fabric import Config, Connection
from paramiko import (
    AuthenticationException,
    BadHostKeyException,
    Channel,
    PasswordRequiredException,
    SFTPClient,
    SSHException,
)

from ocrfleet.commands.containers import Argv
from ocrfleet.errors import HostKeyRefused, LoginRefused, Unreachable
from ocrfleet.project import Project
from ocrfleet.remote.keys import Pinned, Refuse, fingerprint, pinned_keys, trust
from ocrfleet.remote.session import Result
from ocrfleet.remote.target import Door, Target

KEEPALIVE, CHUNK = 10, 65536
GONE = (OSError, EOFError, SSHException)


class SshSession:
    """One connection to one host, opened at the first use and again after it broke. Safe to use from threads."""

    def __init__(self, project: Project, target: Target) -> None:
        self.name = target.name
        self._project, self._ssh = project, target
        self._connection: Any = None
        self._opening = threading.Lock()

    def run(self, argv: Argv, *, stdin: bytes = b"", silence: float | None = None) -> Result:
        try:
            with closing(self._channel()) as channel:
                channel.settimeout(silence or self._ssh.answer_seconds)
                channel.exec_command(shlex.join(argv))
                channel.sendall(stdin)
                channel.shutdown_write()
                return _collect(channel)
        except GONE as error:
            self.close()
            raise Unreachable(self.name, reason=_why(error)) from error

    def put(self, content: bytes, path: str, *, mode: int) -> None:
        folder, partial = posixpath.dirname(path), f"{path}.part"
        try:
            with closing(self._open().open_sftp()) as sftp:
                sftp.get_channel().settimeout(self._ssh.answer_seconds)
                _make_folder(sftp, folder)
                with sftp.open(partial, "wb") as file:
                    sftp.chmod(partial, mode)
                    file.set_pipelined(True)
                    file.write(content)
                sftp.posix_rename(partial, path)
        except PermissionError:
            raise LoginRefused(
                self.name,
                reason=f"{self._ssh.user} may not write {folder}",
                fix=f"ocrfleet bootstrap {self.name}",
            ) from None
        except GONE as error:
            self.close()
            raise Unreachable(self.name, reason=_why(error)) from error

    def close(self) -> None:
        with self._opening:
            connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*GONE):
                connection.close()

    def _channel(self) -> Channel:
        channel: Channel = self._open().get_transport().open_session(timeout=self._ssh.connect_seconds)
        return channel

    def _open(self) -> Any:
        """Return the connected client."""
        with self._opening:
            if self._connection is None or not self._connection.is_connected:
                self._connection = self._connect()
            return self._connection.client

    def _connect(self) -> Any:
        pins = pinned_keys(self._project, self._ssh)
        try:
            gateway = self._gateway()
            connection = _connection(self.name, self._ssh, pins, self._login(), gateway)
            connection.open()
            connection.transport.set_keepalive(KEEPALIVE)
        except HostKeyRefused:
            raise
        except BadHostKeyException as error:
            raise HostKeyRefused(
                self.name, shown=fingerprint(error.key.asbytes()), pinned=[pin.fingerprint for pin in pins]
            ) from None
        except PasswordRequiredException:
            raise self._locked_key() from None
        except AuthenticationException as error:
            raise self._refused_key(error) from None
        except GONE as error:
            raise Unreachable(self.name, reason=_why(error)) from error
        return connection

    def _gateway(self) -> Any:
        jump = self._ssh.jump
        return (
            None if jump is None else _connection(jump.address, jump, pinned_keys(self._project, jump), self._login())
        )

    def _login(self) -> dict[str, Any]:
        """Keys only: the identity file, and the agent's keys."""
        identity = self._ssh.identity_file
        if identity and not self._project.path(identity).is_file():
            raise LoginRefused(
                self.name, reason=f"there is no key file {identity}", fix="correct ssh.identity_file in the host file"
            )
        return {
            "key_filename": str(self._project.path(identity)) if identity else None,
            "look_for_keys": False,
            "allow_agent": True,
            "banner_timeout": self._ssh.connect_seconds,
            "auth_timeout": self._ssh.connect_seconds,
            "channel_timeout": self._ssh.connect_seconds,
        }

    def _locked_key(self) -> LoginRefused:
        return LoginRefused(
            self.name,
            reason=f"the key {self._ssh.identity_file} has a passphrase and no SSH agent holds it",
            fix=f"ssh-add {self._ssh.identity_file}",
        )

    def _refused_key(self, error: AuthenticationException) -> LoginRefused:
        key = self._ssh.identity_file or "any key of the SSH agent"
        return LoginRefused(
            self.name,
            reason=f"{self._ssh.user}@{self._ssh.address} does not accept {key} ({error})",
            fix=f"add the public key to ~{self._ssh.user}/.ssh/authorized_keys on the host",
        )


def _connection(host: str, door: Door, pins: tuple[Pinned, ...], login: dict[str, Any], gateway: Any = None) -> Any:
    """Prepare a Fabric connection that accepts the pinned keys and no others."""
    # Fabric would read ~/.ssh/config and accept unknown keys: both are switched off here.
    config = Config(lazy=True, overrides={"load_ssh_configs": False})
    connection = Connection(
        door.address,
        user=door.user,
        port=door.port,
        config=config,
        gateway=gateway,
        forward_agent=False,
        connect_timeout=10,
        connect_kwargs=login,
    )
    trust(connection.client, door, pins)
    connection.client.set_missing_host_key_policy(Refuse(host, pins))
    return connection


def _collect(channel: Channel) -> Result:
    """Read both streams to their end; the longest silence is the channel's timeout."""
    out, err = bytearray(), bytearray()
    reader = threading.Thread(target=_drain_stderr, args=(channel, err), daemon=True)
    reader.start()
    while chunk := channel.recv(CHUNK):
        out += chunk
    reader.join()
    return Result(channel.recv_exit_status(), bytes(out), bytes(err))


def _drain_stderr(channel: Channel, into: bytearray) -> None:
    with suppress(*GONE):
        while chunk := channel.recv_stderr(CHUNK):
            into += chunk


def _make_folder(sftp: SFTPClient, folder: str) -> None:
    try:
        sftp.stat(folder)
    except FileNotFoundError:
        sftp.mkdir(folder, 0o700)


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return str(error) or type(error).__name__
