"""The API without HTTP: a call goes in, an answer comes out, and every call is counted and remembered."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lab.cloudflare.account import Account, Permit
from lab.cloudflare.answers import Answer, Call, Denied
from lab.cloudflare.exposure import exposed
from lab.cloudflare.faults import Schedule, too_many
from lab.cloudflare.routes import find

WINDOW, MOST, OK = timedelta(minutes=5), 1200, 200


@dataclass(frozen=True)
class Seen:
    """One call that arrived, how it was answered (0: not at all), and which names were open to anybody after it."""

    call: Call
    status: int
    exposed: frozenset[str]


@dataclass
class Api:
    """The API of one account."""

    account: Account
    faults: Schedule = field(default_factory=Schedule)
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._times: deque[datetime] = deque()
        self._closed: datetime | None = None

    def handle(self, call: Call) -> Answer:
        """Answer a call; raise Silent where no answer comes."""
        with self._lock:
            status = 0
            try:
                answer = self._answer(call)
                status = answer.status
                # What is told is a copy: what the account holds changes under it.
                return replace(answer, body=json.loads(json.dumps(answer.body)))
            finally:
                self.seen.append(Seen(call, status, frozenset(exposed(self.account))))

    @property
    def writes(self) -> list[str]:
        """Every call that changed something, in order."""
        return [str(seen.call) for seen in self.seen if not seen.call.reads and seen.status == OK]

    def _answer(self, call: Call) -> Answer:
        try:
            self._count()
            return self.faults.around(len(self.seen) + 1, call, lambda: self._do(call))
        except Denied as denied:
            return denied.answer

    def _count(self) -> None:
        """Who asks more than 1200 times in five minutes gets no answer for the next five."""
        now = self.account.now()
        if self._closed and now < self._closed:
            raise too_many(int((self._closed - now).total_seconds()) + 1)
        while self._times and self._times[0] <= now - WINDOW:
            self._times.popleft()
        self._times.append(now)
        if len(self._times) > MOST:
            self._closed = now + WINDOW
            raise too_many(int(WINDOW.total_seconds()))

    def _do(self, call: Call) -> Answer:
        permit = self._permit(call)
        route, ids = find(call)
        if route.scopes and not route.scopes & permit.scopes:
            raise Denied(403, 10000, "Authentication error")
        if ids.pop("account_id", self.account.id) != self.account.id:
            raise Denied(404, 7003, "Could not route to this account, perhaps your object identifier is invalid?")
        return route.deed(self.account, call, **ids)

    def _permit(self, call: Call) -> Permit:
        if not call.token:
            raise Denied(400, 6003, "Invalid request headers")
        for permit in self.account.permits:
            over = permit.expires is not None and permit.expires <= self.account.now()
            if permit.value == call.token and permit.status == "active" and not over:
                return permit
        raise Denied(401, 1000, "Invalid API Token")
