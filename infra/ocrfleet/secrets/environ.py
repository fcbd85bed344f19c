"""The store env: whoever starts ocrfleet sets variables, as continuous integration does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NoReturn

from ocrfleet.secrets.store import Revision, Secret, cannot


def variable(name: str) -> str:
    """The variable that holds a secret."""
    return "OCRFLEET_SECRET_" + name.upper().replace("-", "_")


@dataclass(frozen=True)
class EnvStore:
    """Reads the secrets a host file names from variables; writes nothing."""

    host: str
    names: tuple[str, ...]
    environ: Mapping[str, str]
    kind: ClassVar[str] = "env"

    def read(self, at: str | None = None) -> dict[str, Secret]:
        if at is not None:
            self._cannot("read an earlier revision")
        found = {name: self.environ.get(variable(name)) for name in self.names}
        return {name: Secret(value) for name, value in found.items() if value is not None}

    def write(self, changes: Mapping[str, Secret]) -> NoReturn:
        self._cannot(f"keep {', '.join(changes)}")

    def revisions(self) -> tuple[Revision, ...]:
        self._cannot("list versions")

    def restore(self, at: str) -> NoReturn:
        self._cannot(f"go back to {at}")

    def _cannot(self, what: str) -> NoReturn:
        names = ", ".join(variable(name) for name in self.names)
        fix = f"set {names} where ocrfleet is started, or name another store under secrets.store of {self.host}"
        raise cannot(self.kind, what, fix=fix)
