"""Asks a machine for its host key without logging in."""

from __future__ import annotations

import socket
from contextlib import closing

from paramiko import SSHException, Transport

from ocrfleet.errors import Unreachable
from ocrfleet.remote.keys import Pinned
from ocrfleet.remote.target import Target


def scan(target: Target) -> Pinned:
    """Return the key the machine shows now; whether it is the right one is for a person to say."""
    try:
        plug = socket.create_connection((target.address, target.port), timeout=target.connect_seconds)
        with closing(Transport(plug)) as transport:
            transport.start_client(timeout=target.connect_seconds)
            key = transport.get_remote_server_key()
            return Pinned(key.get_name(), key.get_base64())
    except (OSError, EOFError, SSHException) as error:
        raise Unreachable(target.name, reason=str(error) or type(error).__name__) from error
