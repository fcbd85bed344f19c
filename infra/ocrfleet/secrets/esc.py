"""The store esc: an environment of Pulumi ESC, whose revisions are the store's."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from ocrfleet.errors import OcrfleetError, Refused, Unknown
from ocrfleet.secrets.cloud import Answered, Cloud
from ocrfleet.secrets.definition import computed, opened, with_secrets
from ocrfleet.secrets.store import Revision, Secret, no_revision

GONE, CHANGED = frozenset({404}), frozenset({409})
REVISION = "Pulumi-ESC-Revision"
AT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # in an address, two dots would be another place


@dataclass(frozen=True)
class EscStore:
    """Reads what ESC opens, and writes definitions only over the one that was read."""

    host: str
    cloud: Cloud
    kind: ClassVar[str] = "esc"

    def read(self, at: str | None = None) -> dict[str, Secret]:
        return opened(self._values(at))

    def write(self, changes: Mapping[str, Secret]) -> str:
        before = self._definition()
        text = _text(before)
        for name, function in computed(text).items():
            if name in changes:
                fix = f"pulumi env rotate {self.cloud.environment}, or take the function away: pulumi env edit"
                raise Refused(f"ESC computes {name} itself, by {function}", fix=fix)
        return self._put(with_secrets(text, changes), before, lambda: self._has(changes))

    def revisions(self) -> tuple[Revision, ...]:
        found = self.cloud.ask("list revisions", "list_environment_revisions")
        return tuple(Revision(str(one.number), one.created, one.creator_login, tuple(one.tags or ())) for one in found)

    def restore(self, at: str) -> str:
        before, wanted = self._definition(), self._values(at)
        earlier = self.cloud.ask(f"read revision {at}", "get_environment_at_version_with_http_info", at)
        return self._put(_text(earlier), before, lambda: self._values(None) == wanted)

    def _definition(self) -> Any:
        """Read what is there, with the tag that lets us write over it and over nothing newer."""
        found = self.cloud.ask("read the definition", "get_environment_with_http_info")
        if not found.headers.get("ETag"):
            raise self.cloud.unusable("read the definition", "it does not say which revision it is")
        return found

    def _has(self, changes: Mapping[str, Secret]) -> bool:
        now = self.read()
        return now == {**now, **changes}

    def _values(self, at: str | None) -> dict[str, Any]:
        with suppress(Answered):  # its time may run out between opening and reading: then once more
            return self._opened(at)
        try:
            return self._opened(at)
        except Answered:
            raise self._not_open(at) from None

    def _opened(self, at: str | None) -> dict[str, Any]:
        if at is not None and not AT.fullmatch(at):
            raise no_revision(self.kind, at, host=self.host)
        where, call = ((), "open_environment") if at is None else ((at,), "open_environment_at_version")
        try:
            session = self.cloud.ask(f"open {at or 'it'}", call, *where, but=GONE if at else frozenset())
        except Answered:
            raise no_revision(self.kind, at or "", host=self.host) from None
        read = self.cloud.ask("read what was opened", "read_open_environment", session.id, but=GONE)
        return {name: _plain(one.value) for name, one in (read.properties or {}).items()}

    def _put(self, text: str, before: Any, done: Callable[[], bool]) -> str:
        """Write over what was read and nothing newer; a write whose answer is lost may have been done."""
        tag, said = {"ETag": before.headers["ETag"]}, None
        call = "update_environment_yaml_with_http_info"
        try:
            answer = self.cloud.ask("write", call, text, but=CHANGED, _headers=tag)
            return answer.headers.get(REVISION) or self.revisions()[0].name
        except Answered as conflict:
            said = self.cloud.said("write", conflict.status)
        except Unknown as lost:
            said = lost
        if not self._seen(done):
            raise said
        return self.revisions()[0].name

    def _seen(self, done: Callable[[], bool]) -> bool:
        try:
            return done()
        except OcrfleetError as error:
            said = self.cloud.unusable("write", error.failed, changed=f"perhaps {self.cloud.environment}")
        raise said

    def _not_open(self, at: str | None) -> Refused:
        where = f"{self.cloud.environment} at {at}" if at else self.cloud.environment
        why = f"ESC opened {where} twice, and each time it had expired before it was read"
        return Refused(why, fix="run the same command again")


def _text(answer: Any) -> str:
    return str(answer.raw_data, "utf-8")


def _plain(value: Any) -> Any:
    """Take the values out of what ESC says about them: where each stands, and whether it is secret."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "value" in value and "trace" in value:
        return _plain(value["value"])
    return {name: _plain(one) for name, one in value.items()}
