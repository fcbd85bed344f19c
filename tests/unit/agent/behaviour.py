"""How an engine behaves once it runs: well, or in one of the ways that a gate is there for."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ocrfleet.agent.wire import Reply

GOLDEN = "Invoice 117\nPlease pay 1,234.50 EUR."
MODEL = "tesseract"
REFUSED = Reply(0, b"[Errno 111] Connection refused")
BROKEN_OFF = Reply(0, b"Remote end closed connection without response")


@dataclass(frozen=True)
class Behaviour:
    """What an engine answers, by seconds since its start. The defaults are a good one."""

    listens_at: float = 0.4
    health: tuple[tuple[float, int], ...] = ((0.0, 200),)  # from a second on, the status of /health
    breaks_off: str | None = None  # a path whose connections break off: it is about to end
    models: bytes = json.dumps({"data": [{"id": MODEL}]}).encode()
    text: str = GOLDEN
    finish: str = "stop"
    page_status: int = 200
    page_body: bytes | None = None
    page_seconds: float = 0.5
    exits_at: float | None = None
    exit_code: int = 1
    metrics: bytes = b"# TYPE busy gauge\nbusy 0.0\n"
    metrics_late: bool = False
    holds_gib: float = 0.0  # memory, while it runs and so many seconds after
    holds_on: float = 0.0
    busy_until: float = 0.0  # one request is unanswered until this second

    def has_ended(self, age: float) -> bool:
        """Whether it has ended by itself."""
        return self.exits_at is not None and age >= self.exits_at

    def reads_the_page(self) -> bool:
        """Whether what it answers to the golden page is what the page says."""
        return (self.page_status, self.page_body, self.text, self.finish) == (200, None, GOLDEN, "stop")

    def answer(self, path: str, age: float, limit: float) -> tuple[Reply, float]:
        """The answer to a request and how long it takes."""
        if age < self.listens_at:
            return REFUSED, 0.0
        if path == self.breaks_off:
            return BROKEN_OFF, 0.0
        if path == "/health":
            status = [code for since, code in self.health if age >= since][-1]
            return Reply(status, b"" if status == 200 else b"not ready"), 0.0
        if path == "/metrics":
            return self._metrics(age, limit)
        if path == "/v1/models":
            return Reply(200, self.models), 0.0
        return self._page(limit)

    def _metrics(self, age: float, limit: float) -> tuple[Reply, float]:
        if self.metrics_late:
            return Reply(0, b"no end of an answer", late=True), limit
        return Reply(200, b'busy{model="x"} 1\n' if age < self.busy_until else self.metrics), 0.0

    def _page(self, limit: float) -> tuple[Reply, float]:
        if self.page_seconds > limit:
            return Reply(0, f"no end of an answer within {limit:.0f} s".encode(), late=True), limit
        choice = {"message": {"content": self.text}, "finish_reason": self.finish}
        body = json.dumps({"choices": [choice]}).encode() if self.page_body is None else self.page_body
        return Reply(self.page_status, body), self.page_seconds
