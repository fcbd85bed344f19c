"""The file side of the SSH server: paths of the host are paths under a folder here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramiko import (  # noqa: TID251  the other end of the wire
    SFTPAttributes,
    SFTPHandle,
    SFTPServer,
    SFTPServerInterface,
)
from paramiko.sftp import SFTP_OK  # noqa: TID251  the same

if TYPE_CHECKING:
    from tests.unit.remote.sshd import Behaviour


class File(SFTPHandle):
    """An open file; a write can be told to fail."""

    def __init__(self, flags: int, path: Path, like: Behaviour) -> None:
        super().__init__(flags)
        self._path, self._like = path, like
        self.writefile = self.readfile = path.open("r+b")

    def write(self, offset: int, data: Any) -> int:
        if offset == 0:
            self._like.written.append(f"write {self._name}")
        return self._like.refused_files.get("write") or int(super().write(offset, data))

    def chattr(self, attr: SFTPAttributes) -> int:
        self._like.written.append(f"fchmod {(attr.st_mode or 0) & 0o777:o} {self._name}")
        return _change(self._path, attr)

    def stat(self) -> Any:
        return SFTPAttributes.from_stat(self._path.stat())

    @property
    def _name(self) -> str:
        return f"/{self._path.relative_to(self._like.root)}"


class Files(SFTPServerInterface):
    """What an SFTP client can do here; each word of it can be told to fail with a code."""

    def __init__(self, _door: Any, like: Behaviour, *args: Any, **kwargs: Any) -> None:
        super().__init__(_door, *args, **kwargs)
        self._like = like

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> Any:
        self._like.written.append(f"open {path}")
        if "open" in self._like.refused_files:
            return self._like.refused_files["open"]
        try:
            os.close(os.open(self._real(path), flags | os.O_CREAT, 0o644))
        except OSError as error:
            return SFTPServer.convert_errno(error.errno or 0)
        return File(flags, self._real(path), self._like)

    def stat(self, path: str) -> Any:
        try:
            return SFTPAttributes.from_stat(self._real(path).stat())
        except OSError as error:
            return SFTPServer.convert_errno(error.errno or 0)

    def mkdir(self, path: str, attr: SFTPAttributes) -> int:
        return self._do("mkdir", lambda: self._real(path).mkdir(attr.st_mode or 0o777))

    def chattr(self, path: str, attr: SFTPAttributes) -> int:
        self._like.written.append(f"chmod {(attr.st_mode or 0) & 0o777:o} {path}")
        return _change(self._real(path), attr)

    def remove(self, path: str) -> int:
        return self._do("remove", self._real(path).unlink)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        self._like.written.append(f"rename {newpath}")
        return self._do("rename", lambda: self._real(oldpath).replace(self._real(newpath)))

    def _do(self, word: str, work: Any) -> int:
        if word in self._like.refused_files:
            return self._like.refused_files[word]
        try:
            work()
        except OSError as error:
            return SFTPServer.convert_errno(error.errno or 0)
        return int(SFTP_OK)

    def _real(self, path: str) -> Path:
        return self._like.root / path.lstrip("/")


def _change(path: Path, attr: SFTPAttributes) -> int:
    if attr.st_mode is not None:
        path.chmod(attr.st_mode & 0o777)
    return int(SFTP_OK)
