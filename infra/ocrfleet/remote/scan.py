"""Asks a machine for its host key without logging in."""

from __future__ import annotations

from contextlib import closing

from paramiko import Transport

from ocrfleet.errors import Unreachable
from ocrfleet.project import Project
from ocrfleet.remote.exchange import GONE
from ocrfleet.remote.keys import Pinned
from ocrfleet.remote.ssh import plug, why
from ocrfleet.remote.target import Target


def scan(project: Project, target: Target) -> Pinned:
    """Return the key the machine shows now; whether it is the right one is for a person to say."""
    try:
        with plug(project, target) as socket, closing(Transport(socket)) as transport:
            transport.start_client(timeout=target.connect_seconds)
            key = transport.get_remote_server_key()
            return Pinned(key.get_name(), key.get_base64())
    except GONE as error:
        raise Unreachable(target.name, reason=why(error)) from error
