"""The files of the project that a resource names instead of carrying them."""

from __future__ import annotations

from pathlib import Path

from ocrfleet.errors import Refused
from ocrfleet.plan.pinned import parts, sha256
from ocrfleet.project import Project


class Sources:
    """Reads them; raises Refused where one is not any more what the program of this run has seen."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def text(self, name: str) -> str:
        """A file by its path and content."""
        source, digest = parts(name)
        return self._with(digest, [self._project.root / source], source).decode()

    def picture(self, digest: str) -> bytes:
        """A golden page's picture by its content alone, which is all that a host tells of it."""
        pages = sorted(self._project.templates.glob("_gate/*/page.png"))
        return self._with(digest, pages, "templates/_gate")

    @staticmethod
    def _with(digest: str, paths: list[Path], where: str) -> bytes:
        for path in paths:
            content = path.read_bytes() if path.is_file() else b""
            if sha256(content) == digest:
                return content
        raise Refused(f"{where} was changed while this ran", fix="run the same command again")
