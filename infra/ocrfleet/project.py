"""Where a project's files are, and whom a host belongs to."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Project:
    """The folder that holds Pulumi.yaml, hosts/ and templates/."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """Return the nearest project around `start` (default: the working directory), else the one this code is in."""
        begin = (start or Path.cwd()).resolve()
        for folder in (begin, *begin.parents):
            if (folder / "Pulumi.yaml").is_file() and (folder / "hosts").is_dir():
                return cls(folder)
        return cls(HERE)

    @property
    def hosts(self) -> Path:
        """The folder of host files."""
        return self.root / "hosts"

    @property
    def templates(self) -> Path:
        """The folder of build contexts."""
        return self.root / "templates"

    def path(self, text: str) -> Path:
        """A path as a host file writes it: `~` is the operator's home, relative means relative to the project."""
        return self.root / Path(text).expanduser()


@dataclass(frozen=True)
class Owner:
    """Which project and stack a host belongs to."""

    project: str
    stack: str
