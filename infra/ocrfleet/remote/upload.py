"""Writes a file on a host, whole or not at all."""

from __future__ import annotations

import posixpath
import secrets
from contextlib import suppress
from typing import Any

from paramiko import SFTPClient  # noqa: TID251  part of what ssh.py does
from paramiko.sftp import CMD_EXTENDED  # noqa: TID251  the same


def upload(sftp: SFTPClient, content: bytes, path: str, *, mode: int) -> None:
    """Write beside the file, then rename; nobody but the user can read it before it has its mode."""
    _make_folder(sftp, posixpath.dirname(path))
    # A name of its own: two operators may send the same file at once.
    partial = f"{path}.{secrets.token_hex(4)}.part"
    try:
        _write(sftp, content, partial)
        sftp.chmod(partial, mode)
        sftp.posix_rename(partial, path)
    except OSError:
        with suppress(OSError):
            sftp.remove(partial)
        raise


def _write(sftp: SFTPClient, content: bytes, partial: str) -> None:
    with sftp.open(partial, "wb") as file:
        file.chmod(0o600)
        # Not pipelined: paramiko would not look at the answers, and a full disk would leave a hole.
        file.write(content)
        _sync(sftp, file)


def _sync(sftp: SFTPClient, file: Any) -> None:
    # OpenSSH knows this extension and paramiko has no method for it; a server without it says so.
    with suppress(OSError):
        sftp._request(CMD_EXTENDED, "fsync@openssh.com", file.handle)  # type: ignore[attr-defined]  # noqa: SLF001


def _make_folder(sftp: SFTPClient, folder: str) -> None:
    try:
        sftp.stat(folder)
    except FileNotFoundError:
        sftp.mkdir(folder, 0o700)
