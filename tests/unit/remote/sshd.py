"""A real SSH server in this process: a folder is its file system, a function is its shell."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko  # noqa: TID251  the other end of the wire
from paramiko.common import (  # noqa: TID251  the same
    AUTH_FAILED,
    AUTH_PARTIALLY_SUCCESSFUL,
    AUTH_SUCCESSFUL,
    OPEN_SUCCEEDED,
    cMSG_CHANNEL_SUCCESS,
)

from tests.unit.remote.relay import relay
from tests.unit.remote.sftp import Files

Shell = Callable[[str, paramiko.Channel], int | None]


def silent(_command: str, _channel: paramiko.Channel) -> int:
    """Say nothing and end well."""
    return 0


@dataclass
class Behaviour:
    """How a server behaves, and what it saw."""

    root: Path
    shell: Shell = silent
    accepted: Sequence[paramiko.PKey] = ()
    also_asks_for: str = ""
    auth_pause: float = 0.0
    answers_requests: bool = True
    refused_files: dict[str, int] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    offered: list[paramiko.PKey] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


class Door(paramiko.ServerInterface):
    """One connection: who may log in, and what a command does."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._like = behaviour
        self.destinations: dict[int, tuple[str, int]] = {}

    def get_allowed_auths(self, _username: str) -> str:
        return "publickey,password,keyboard-interactive"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._like.logins.append(("publickey", username))
        self._like.offered.append(key)
        time.sleep(self._like.auth_pause)
        if key.asbytes() not in {one.asbytes() for one in self._like.accepted}:
            return AUTH_FAILED
        return AUTH_PARTIALLY_SUCCESSFUL if self._like.also_asks_for else AUTH_SUCCESSFUL

    def check_auth_password(self, username: str, _password: str) -> int:
        self._like.logins.append(("password", username))
        return AUTH_FAILED

    def check_auth_interactive(self, username: str, _submethods: str) -> int:
        self._like.logins.append(("keyboard-interactive", username))
        return AUTH_FAILED

    def check_channel_request(self, _kind: str, _chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_direct_tcpip_request(
        self, chanid: int, _origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        self.destinations[chanid] = destination
        return OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        if not self._like.answers_requests:
            time.sleep(1)
        return super().check_channel_subsystem_request(channel, name)

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        if not self._like.answers_requests:
            time.sleep(1)
        self._like.commands.append(command.decode())
        _say_yes(channel)
        threading.Thread(target=self._execute, args=(channel, command.decode()), daemon=True).start()
        return True

    def _execute(self, channel: paramiko.Channel, command: str) -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):
            code = self._like.shell(command, channel)
            # A process that a signal ended leaves no exit status.
            if code is not None:
                channel.send_exit_status(code)
            channel.shutdown_write()
            channel.close()


class SshServer:
    """Listens on a free port of 127.0.0.1 until it is closed."""

    def __init__(self, behaviour: Behaviour, *keys: paramiko.PKey) -> None:
        self.like, self.keys = behaviour, keys
        self.transports: list[paramiko.Transport] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def line(self) -> str:
        """How a host file pins this server."""
        return f"{self.keys[0].get_name()} {self.keys[0].get_base64()}"

    def live(self) -> int:
        """How many connections are open; waits a moment for those that are ending."""
        deadline = time.monotonic() + 2
        while any(one.is_active() for one in self.transports) and time.monotonic() < deadline:
            time.sleep(0.01)
        return sum(one.is_active() for one in self.transports)

    def drop(self) -> None:
        """End every connection as a broken network does: without a word."""
        for transport in self.transports:
            transport.sock.close()

    def close(self) -> None:
        """End everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for transport in self.transports:
            transport.close()
            transport.sock.close()  # one that never got to speak leaves it open

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                self._welcome(self._listener.accept()[0])

    def _welcome(self, plug: socket.socket) -> None:
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(plug)
        for key in self.keys:
            transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files, self.like)
        door = Door(self.like)
        self.transports.append(transport)
        with suppress(paramiko.SSHException, EOFError, OSError):
            transport.start_server(event=threading.Event(), server=door)
        threading.Thread(target=_forward, args=(transport, door), daemon=True).start()


def _say_yes(channel: paramiko.Channel) -> None:
    """Answer before the command runs; paramiko answers afterwards, and a quick command may be over by then."""
    yes = paramiko.Message()
    yes.add_byte(cMSG_CHANNEL_SUCCESS)
    yes.add_int(channel.remote_chanid)
    transport: Any = channel.get_transport()
    transport._send_user_message(yes)


def _forward(transport: paramiko.Transport, door: Door) -> None:
    """Connect channels that ask for another machine, as a jump host does."""
    kept = []  # paramiko forgets a channel that nobody holds
    while transport.is_active():
        channel = transport.accept(0.2)
        kept.append(channel)
        if channel is not None and channel.chanid in door.destinations:
            relay(channel, door.destinations[channel.chanid])
