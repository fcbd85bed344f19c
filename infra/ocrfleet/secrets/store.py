"""What a store of secrets promises."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NoReturn, Protocol

from ocrfleet.errors import Refused

API_KEY = re.compile(r"[A-Za-z0-9_-]{24,200}")
HIDDEN = "(hidden)"


class Secret:
    """A value that shows itself only to who asks for it by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere as it is")


@dataclass(frozen=True)
class Revision:
    """One state of a whole store: its name, when it came to be, by whom, and what it is called, too."""

    name: str
    created: str | None = None
    who: str | None = None
    tags: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {**asdict(self), "tags": list(self.tags)}


class SecretStore(Protocol):
    """Secrets of one host by their names. What a store cannot do, it refuses; what is refused has changed nothing."""

    @property
    def kind(self) -> str:
        """The store's name in a host file."""

    def read(self, at: str | None = None) -> dict[str, Secret]:
        """Return every secret, now or as of a revision."""

    def write(self, changes: Mapping[str, Secret]) -> str | None:
        """Keep new values beside those that are there; return the revision this made, if there are any."""

    def revisions(self) -> tuple[Revision, ...]:
        """Return what can be read and restored, the newest first."""

    def restore(self, at: str) -> str:
        """Make a new revision that is like an earlier one; return its name."""


def cannot(kind: str, what: str, *, fix: str) -> Refused:
    """Say no to what a store cannot do."""
    return Refused(f"the store {kind} cannot {what}", fix=fix)


def no_revision(kind: str, at: str, *, host: str) -> Refused:
    """Say that a revision is not there."""
    return Refused(
        f"the store {kind} of {host} has no revision {at}", fix=f"ocrfleet secrets versions {host} --store {kind}"
    )
