"""A project in a folder of its own, whose templates a test may break."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from ocrfleet.errors import BadTemplate
from ocrfleet.project import Project
from ocrfleet.render import BuildContext, Rendered, render
from ocrfleet.render.context import build_context
from ocrfleet.spec import HostSpec, load_host

ROOT = Path(__file__).parents[3]
DOCKERFILE = "FROM {{ host.build.base }}\n"


@dataclass(frozen=True)
class Trial:
    """The lab's host, and templates to change."""

    project: Project
    host: HostSpec

    @classmethod
    def make(cls, root: Path) -> "Trial":
        """Copy the project's templates."""
        shutil.copytree(ROOT / "templates", root / "templates", ignore=shutil.ignore_patterns("__pycache__"))
        return cls(Project(root), load_host(Project(ROOT), "lab"))

    def write(self, name: str, content: str | bytes) -> None:
        """Put a template into its place."""
        path = self.project.templates / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def render(self) -> Rendered:
        return render(self.project, self.host)

    def context(self, folder: str = "trial") -> BuildContext:
        return build_context(self.project, self.host, name="trial", folder=folder)

    def problems(self, dockerfile: str | None = None) -> list[str]:
        """What is wrong with a template, a line each."""
        if dockerfile is not None:
            self.write("trial/Dockerfile.j2", dockerfile)
        try:
            self.context()
        except BadTemplate as error:
            return [str(problem) for problem in error.problems]
        raise AssertionError("the templates render")
