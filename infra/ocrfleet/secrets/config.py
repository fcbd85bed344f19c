"""The store config: Pulumi's own secrets, encrypted in the stack's file, through Pulumi's command line."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from ocrfleet.errors import OcrfleetError, Refused, Unknown
from ocrfleet.secrets.store import Revision, Secret, cannot

# Runs `pulumi` with these words and this standard input, which no list of processes shows; returns what it prints.
Pulumi = Callable[[Sequence[str], str | None], str]
PREFIX = "ocrfleet:"


@dataclass(frozen=True)
class ConfigStore:
    """Reads and writes the secrets of a stack; a value in plain text is none."""

    host: str
    pulumi: Pulumi
    kind: ClassVar[str] = "config"

    def read(self, at: str | None = None) -> dict[str, Secret]:
        if at is not None:
            self._cannot("read an earlier revision")
        said = self.pulumi(["config", "--json", "--show-secrets"], None)
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            return _secrets(json.loads(said))
        # What was printed may hold a secret: neither it nor an error that knows it goes further.
        why = f"the configuration of the stack {self.host} is not as Pulumi prints it"
        raise Refused(why, fix=f"look at it: pulumi config -s {self.host}")

    def write(self, changes: Mapping[str, Secret]) -> None:
        done: list[str] = []
        for name, secret in changes.items():
            try:
                self.pulumi(["config", "set", "--secret", PREFIX + name], secret.reveal())
            except OcrfleetError as error:
                if not done:
                    raise
                raise self._stopped(done, name, error) from None
            done.append(name)

    def revisions(self) -> tuple[Revision, ...]:
        self._cannot("list versions")

    def restore(self, at: str) -> NoReturn:
        self._cannot(f"go back to {at}")

    def _cannot(self, what: str) -> NoReturn:
        fix = f"git log Pulumi.{self.host}.yaml has the encrypted past; to keep revisions use the store age or esc"
        raise cannot(self.kind, what, fix=fix)

    def _stopped(self, done: Sequence[str], name: str, error: OcrfleetError) -> Unknown:
        return Unknown(
            f"Pulumi kept {', '.join(done)}, then not {name}: {error.failed}",
            serving="not asked; nothing was sent to the host",
            changed=f"Pulumi.{self.host}.yaml: {', '.join(done)}",
            fix="do what it says, then run the same command again",
        )


def _secrets(config: Mapping[str, Any]) -> dict[str, Secret]:
    return {
        name.removeprefix(PREFIX): Secret(one["value"])
        for name, one in config.items()
        if name.startswith(PREFIX) and one.get("secret")
    }
