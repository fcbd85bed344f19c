"""SSH through Fabric: the only place that opens a connection."""

from __future__ import annotations

import logging
import shlex
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from fabric import Config, Connection
from paramiko import Transport

from ocrfleet.commands.containers import Argv
from ocrfleet.errors import HostKeyRefused, HostRefused, OcrfleetError, Unreachable
from ocrfleet.project import Project
from ocrfleet.remote.exchange import GONE, Exchange, answered_within
from ocrfleet.remote.keys import OnlyPinned, pinned_keys, preferring
from ocrfleet.remote.login import Login
from ocrfleet.remote.session import Result
from ocrfleet.remote.target import Door, Target
from ocrfleet.remote.upload import upload

KEEPALIVE = 10
# sshd's word after the login is here by then, on the way that has the wait: from a proxy on this machine.
SETTLE_SECONDS = 0.004
# What goes wrong is raised; paramiko would print it a second time, with a traceback.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class SshSession:
    """One connection to one host, opened at the first use and again after it broke. Safe to use from threads."""

    def __init__(self, project: Project, target: Target) -> None:
        self.name = target.name
        self._project, self._ssh = project, target
        self._connection: Any = None
        self._opening = threading.Lock()

    def run(self, argv: Argv, *, stdin: bytes = b"", silence: float | None = None) -> Result:
        transport = self._open()
        with self._lost(transport, changed="nothing"):
            channel = transport.open_session(timeout=self._ssh.connect_seconds)
        exchange = Exchange(channel, silence=silence or self._ssh.answer_seconds)
        with self._lost(transport, changed="not known; the connection ended before the answer"), closing(channel):
            return exchange.run(shlex.join(argv), stdin)

    def put(self, content: bytes, path: str, *, mode: int) -> None:
        transport = self._open()
        with self._lost(transport, changed="nothing"):
            with answered_within(self._ssh.connect_seconds, transport):
                sftp: Any = transport.open_sftp_client()
            with closing(sftp):
                sftp.get_channel().settimeout(self._ssh.answer_seconds)
                try:
                    upload(sftp, content, path, mode=mode)
                except OSError as error:
                    raise self._not_written(path, error) from error

    def close(self) -> None:
        with self._opening:
            connection, self._connection = self._connection, None
        _hang_up(connection)

    def _open(self) -> Transport:
        """Return the connection's transport, connected."""
        with self._opening:
            if self._connection is None or not self._connection.is_connected:
                _hang_up(self._connection)
                self._connection = dial(self._project, self._ssh)
            transport: Transport = self._connection.transport
            return transport

    @contextmanager
    def _lost(self, transport: Transport, *, changed: str) -> Iterator[None]:
        """Tell what happened to a connection; one that does not work any more is not used again."""
        try:
            yield
        except GONE as error:
            if not (isinstance(error, TimeoutError) and transport.is_active()):
                self.close()
            raise Unreachable(self.name, reason=why(error), changed=changed) from error

    def _not_written(self, path: str, error: OSError) -> Exception:
        """Say why a file is not on the host: because of the host, or because it does not answer any more."""
        bootstrap = f"ocrfleet bootstrap {self.name}"
        if isinstance(error, FileNotFoundError):
            return HostRefused(f"{self.name} has no folder for {path}", serving="as before", fix=bootstrap)
        if isinstance(error, PermissionError):
            who = f"{self._ssh.user} on {self.name}"
            return HostRefused(f"{who} may not write {path}", serving="as before", fix=bootstrap)
        if isinstance(error, TimeoutError) or "closed" in str(error):
            return error
        doctor = f"ocrfleet doctor {self.name}"
        return HostRefused(f"{self.name} did not write {path}: {error}", serving="as before", fix=doctor)


def dial(project: Project, target: Target) -> Any:
    """Connect and log in; raise HostKeyRefused, LoginRefused or Unreachable, with nothing left open."""
    connection = _connection(project, target, target, gateway=_gateway(project, target))
    with _or_hang_up(connection, target):
        connection.open()
        connection.transport.set_keepalive(KEEPALIVE)
        _settle(connection.transport)
    return connection


def _settle(transport: Transport) -> None:
    """Acknowledge what sshd says after the login.

    Without a word from us in the meantime, its first answer waits 40 ms for our side of a TCP proxy, such as Docker's
    for a published port: its Nagle's algorithm (RFC 896) waits for the proxy's delayed acknowledgement (RFC 1122).
    """
    if isinstance(transport.sock, socket.socket):
        transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport.send_ignore(1)
    time.sleep(SETTLE_SECONDS)


@contextmanager
def plug(project: Project, target: Target) -> Iterator[Any]:
    """A socket to the machine's SSH server, through the jump host if there is one."""
    gateway = _gateway(project, target)
    if gateway is None:
        with socket.create_connection((target.address, target.port), timeout=target.connect_seconds) as direct:
            yield direct
        return
    try:
        with _or_hang_up(gateway, target):
            gateway.open()
        yield gateway.transport.open_channel("direct-tcpip", (target.address, target.port), ("", 0))
    finally:
        _hang_up(gateway)


@contextmanager
def _or_hang_up(connection: Any, target: Target) -> Iterator[None]:
    try:
        yield
    except OcrfleetError:
        _hang_up(connection)
        raise
    except GONE as error:
        _hang_up(connection)
        raise Unreachable(target.name, reason=why(error)) from error


def _gateway(project: Project, target: Target) -> Any:
    return _connection(project, target, target.jump) if target.jump else None


def _connection(project: Project, target: Target, door: Door, *, gateway: Any = None) -> Any:
    """Prepare a connection to a host or its jump host: pinned keys only, our login only, every wait bounded."""
    pins, is_jump = pinned_keys(project, door), door is not target
    identity = target.identity_file
    limits = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), target.connect_seconds)
    path = project.path(identity) if identity else None
    login = Login(target.name, door.user, door.address, identity, path)
    # Fabric would read ~/.ssh/config, unless it is lazy, and accept unknown keys: both are switched off here.
    connection = Connection(
        door.address,
        user=door.user,
        port=door.port,
        config=Config(lazy=True),
        gateway=gateway,
        forward_agent=False,
        connect_kwargs={**limits, "auth_strategy": login, "transport_factory": preferring(pins)},
    )
    fingerprints = [pin.fingerprint for pin in pins]
    connection.client.set_missing_host_key_policy(
        OnlyPinned(pins, lambda shown: HostKeyRefused(target.name, shown=shown, pinned=fingerprints, jump=is_jump))
    )
    return connection


def _hang_up(connection: Any) -> None:
    """Close a connection and, unlike Fabric, the jump host's, also when it was opened half."""
    while connection is not None:
        with suppress(*GONE):
            connection.client.close()
        connection = connection.gateway


def why(error: BaseException) -> str:
    """The reason as people say it."""
    if isinstance(error, TimeoutError) or str(error) == "No existing session":
        return "it did not answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
