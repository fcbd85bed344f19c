"""A machine at one moment, to which a test can go back."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

from tests.unit.agent.outside import Outside


@dataclass(frozen=True)
class Photograph:
    """A machine at one moment."""

    outside: bytes
    files: dict[Path, bytes]
    modes: dict[Path, int]

    @classmethod
    def of(cls, root: Path, outside: Outside) -> Photograph:
        """Remember the whole machine as it is."""
        return cls(pickle.dumps(outside), _files(root), {path: path.stat().st_mode for path in root.rglob("*")})

    def put_back(self, root: Path) -> Outside:
        """Make the files what they were, and return what was outside."""
        now = _files(root)
        for path in now.keys() - self.files.keys():
            path.unlink()
        for path, content in self.files.items():
            if now.get(path) != content:
                self._make(path.parent)
                path.write_bytes(content)
                path.chmod(self.modes[path])
        for path in sorted(root.rglob("*"), reverse=True):
            if path.is_dir() and path not in self.modes:
                path.rmdir()
        outside: Outside = pickle.loads(self.outside)
        return outside

    def _make(self, folder: Path) -> None:
        if not folder.exists():
            self._make(folder.parent)
            folder.mkdir()
            folder.chmod(self.modes[folder])


def _files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"}
