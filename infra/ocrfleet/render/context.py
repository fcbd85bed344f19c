"""Turns a folder of templates into a build context."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ocrfleet.agent.names import content_digest
from ocrfleet.errors import BadTemplate, Problem
from ocrfleet.plan.pinned import pinned
from ocrfleet.project import Project
from ocrfleet.render.dockerfile import lint
from ocrfleet.render.installs import CHECKED, lint_installs
from ocrfleet.render.templates import Templates
from ocrfleet.spec import HostSpec

SHARED, RENDERED = "_base", ".j2"
# What Python and the Mac's Finder leave in folders.
LITTER = {"__pycache__", ".DS_Store"}
# What a file with pinned versions is made from; the build reads that file only.
SOURCE = ".in"


@dataclass(frozen=True)
class BuildContext:
    """The files an image is built from, as text by relative path.

    `copied` names those that are files of the project as they are, each with its path from the project's root.
    """

    name: str
    files: Mapping[str, str]
    copied: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Name the content."""
        return content_digest(self.files)

    @property
    def rendered(self) -> dict[str, str]:
        """The files that are in no folder of the project."""
        return {path: text for path, text in self.files.items() if path not in self.copied}

    @property
    def copies(self) -> dict[str, str]:
        """What stands for each copied file where its text would only be in the way."""
        return {path: pinned(source, self.files[path].encode()) for path, source in self.copied.items()}


def build_context(project: Project, host: HostSpec, *, name: str, folder: str, apart: str = "") -> BuildContext:
    """Render `templates/<folder>`: `.j2` files are rendered, the rest is copied, as are the shared files of `_base`.

    Files ending in `.in` stay here. The file named `apart` stays out, too: it reaches the host on another way and must
    not make another image.
    """
    templates = Templates(project)
    _exists(project, folder)
    sources = {**_sources(project, SHARED, shared=True), **_sources(project, folder)}
    wanted = sorted((target, source) for target, source in sources.items() if target != apart)
    files = {target: _content(project, templates, source, host) for target, source in wanted}
    problems = lint(files.get("Dockerfile", ""), file=f"templates/{folder}/Dockerfile.j2", waivers=host.waivers)
    for target, source in wanted:
        if target.endswith(CHECKED):
            problems += lint_installs(files[target], file=f"templates/{source}")
    if problems:
        raise BadTemplate(problems)
    copied = {target: f"templates/{source}" for target, source in wanted if not source.endswith(RENDERED)}
    return BuildContext(name, files, copied)


def _exists(project: Project, folder: str) -> None:
    dockerfile = project.templates / folder / "Dockerfile.j2"
    if not dockerfile.is_file():
        raise BadTemplate([Problem(f"templates/{folder}/Dockerfile.j2", 1, "(file)", "expected, but it is missing")])


def _sources(project: Project, folder: str, *, shared: bool = False) -> dict[str, str]:
    """Map a path in the context to the template it comes from."""
    found = {path.removesuffix(RENDERED): f"{folder}/{path}" for path in _walk(project.templates / folder)}
    return {target: source for target, source in found.items() if not (shared and source.endswith(RENDERED))}


def _walk(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and path.suffix != SOURCE and LITTER.isdisjoint(inside.parts):
            yield inside.as_posix()


def _content(project: Project, templates: Templates, source: str, host: HostSpec) -> str:
    if source.endswith(RENDERED):
        return templates.render(source, host)
    try:
        return (project.templates / source).read_bytes().decode()
    except UnicodeDecodeError:
        raise BadTemplate(
            [Problem(f"templates/{source}", 1, "(file)", "expected text; contexts hold no binary files")]
        ) from None
