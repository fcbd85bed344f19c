"""What a scrape sees. Each app has its own registry, so that many can live in one process."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from server.desk import Desk
from server.errors import ApiError

OUTCOMES = ("read", "refused", "busy", "gone", "failed")
BUCKETS = (0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)


class Metrics:
    """Counts requests by how they ended; a request that is under way is in the gauges instead."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("ocr_requests", "Requests answered", ["outcome"], registry=self._registry)
        self._tokens = Counter("ocr_completion_tokens", "Words sent to callers", registry=self._registry)
        self.seconds = Histogram("ocr_page_seconds", "Seconds per page", registry=self._registry, buckets=BUCKETS)
        for outcome in OUTCOMES:
            self._requests.labels(outcome)  # a rate over a counter needs its zero

    def watch(self, desk: Desk) -> None:
        """Show the desk's numbers as they are at the moment of a scrape."""
        in_flight = Gauge("ocr_requests_in_flight", "Requests accepted and not answered", registry=self._registry)
        in_flight.set_function(lambda: desk.in_flight)
        waiting = Gauge("ocr_requests_waiting", "Requests accepted and not being read", registry=self._registry)
        waiting.set_function(lambda: desk.waiting)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count one request, by the error that leaves or as read."""
        outcome = "failed"
        try:
            yield
            outcome = "read"
        except ApiError as error:
            outcome = error.outcome
            raise
        finally:
            self._requests.labels(outcome).inc()

    def count_tokens(self, tokens: int) -> None:
        """Add the words of one answer."""
        self._tokens.inc(tokens)

    def text(self) -> bytes:
        """The Prometheus text."""
        return generate_latest(self._registry)
