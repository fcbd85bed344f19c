"""The store age: a file of the repository that only its recipients can read."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from ocrfleet.errors import Refused
from ocrfleet.secrets.agekeys import Keys
from ocrfleet.secrets.history import History
from ocrfleet.secrets.store import Revision, Secret, no_revision


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class AgeStore:
    """Reads and writes secrets/HOST.age: whole or not at all, one writer at a time."""

    host: str
    file: Path
    keys: Keys
    now: Callable[[], str] = _now
    kind: ClassVar[str] = "age"

    def read(self, at: str | None = None) -> dict[str, Secret]:
        history = self._load()
        if at is None:
            return history.now
        found = history.at(at)
        if found is None:
            raise no_revision(self.kind, at, host=self.host)
        return dict(found.values)

    def write(self, changes: Mapping[str, Secret]) -> str:
        with self._alone():
            return self._save(self._load().with_changes(changes, self.now()))

    def revisions(self) -> tuple[Revision, ...]:
        return self._load().revisions()

    def restore(self, at: str) -> str:
        with self._alone():
            history = self._load()
            found = history.at(at)
            if found is None:
                raise no_revision(self.kind, at, host=self.host)
            return self._save(history.with_values(found.values, self.now()))

    def _load(self) -> History:
        try:
            sealed = self.file.read_bytes()
        except FileNotFoundError:
            return History()
        except OSError as error:
            raise self._refused(f"cannot be read: {error.strerror}") from None
        text = self.keys.opened(sealed)
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            return History.of(text)
        raise self._refused("holds no secrets of ocrfleet's")

    def _save(self, history: History) -> str:
        sealed = self.keys.sealed(history.text())
        new = self.file.with_suffix(".new")
        try:
            new.write_bytes(sealed)
            with new.open("rb") as written:
                os.fsync(written.fileno())
            new.replace(self.file)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise self._refused(f"cannot be written: {error.strerror}") from None
        return history.revisions()[0].name

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else on this machine write between what is read and what is written."""
        try:
            self.file.parent.mkdir(exist_ok=True)
            folder = os.open(self.file.parent, os.O_RDONLY)
        except OSError as error:
            raise self._refused(f"cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _refused(self, why: str) -> Refused:
        return Refused(f"secrets/{self.file.name} {why}", fix=f"git log secrets/{self.file.name} has what was there")
