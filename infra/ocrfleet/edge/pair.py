"""The two service tokens of a consumer, and what comes next in the rotation of its credential. Pure.

One is in use, the other one spare. A rotation makes a new secret for the spare one and hands it out; then it lets the
secret that was in use expire. So a new secret whose answer was lost costs nothing: nobody had it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from ocrfleet.edge.credential import Credential

Token = Mapping[str, Any]


class Next(Enum):
    """What a rotation does next."""

    ISSUE = "make a new secret and hand it out"
    RETIRE = "let the secret before expire"
    WAIT = "nothing: the secret before is good for a while"


@dataclass(frozen=True)
class Pair:
    """The token in use, None where the store has no credential, and the one whose secret may be made anew.

    Without one in use, somebody whom the store does not know of may use either: `other` is the one that is not spare.
    """

    used: Token | None
    spare: Token
    other: Token | None = None

    @classmethod
    def of(cls, tokens: tuple[Token, Token], held: Credential | None) -> Pair:
        """Tell them apart by what the store keeps."""
        first, second = tokens
        if held and held.client_id == first["client_id"]:
            return cls(first, second)
        return cls(second, first) if held and held.client_id == second["client_id"] else cls(None, first, second)

    def next(self, held: Credential | None, now: datetime) -> Next:
        """Say where the rotation is, from what is kept and what Cloudflare has."""
        replaced = held.replaced if held and self.used else None
        if replaced is None or not self._is_newest(held):
            return Next.ISSUE
        ahead = version(self.spare) - replaced.version
        if ahead == 0:
            return Next.RETIRE
        return Next.WAIT if ahead == 1 and now < replaced.until else Next.ISSUE

    def _is_newest(self, held: Credential | None) -> bool:
        """Whether nobody made another secret of its token, which lets the one that is kept expire."""
        return not (held and self.used) or held.version in {None, version(self.used)}


def version(token: Token) -> int:
    """How often a token's secret was made."""
    return int(token["client_secret_version"])
