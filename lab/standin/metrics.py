"""vLLM's metrics, under vLLM's names."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from server.desk import Desk

REASONS = ("stop", "length", "abort", "error", "repetition")
LABELS = ("model_name", "engine")


class Metrics:
    """Requests and tokens of one engine."""

    def __init__(self, model: str, desk: Desk) -> None:
        self._registry, self._values = CollectorRegistry(), (model, "0")
        self._gauge("num_requests_running", "Requests in model execution batches.").set_function(lambda: desk.reading)
        self._gauge("num_requests_waiting", "Requests waiting to be processed.").set_function(lambda: desk.waiting)
        self._gauge("kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.")
        self._prompt = self._counter("prompt_tokens", "Prefill tokens processed.").labels(*self._values)
        self._generation = self._counter("generation_tokens", "Generation tokens processed.").labels(*self._values)
        self._success = self._counter("request_success", "Successfully processed requests.", "finished_reason")
        for reason in REASONS:
            self._success.labels(*self._values, reason)
        self._seconds = Histogram(
            "vllm:e2e_request_latency_seconds", "End-to-end latency.", LABELS, registry=self._registry
        ).labels(*self._values)

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(f"vllm:{name}", what, LABELS, registry=self._registry).labels(*self._values)

    def _counter(self, name: str, what: str, *more: str) -> Counter:
        return Counter(f"vllm:{name}", what, (*LABELS, *more), registry=self._registry)

    def count(self, reason: str, *, prompt: int, generated: int, seconds: float) -> None:
        """Add one answer."""
        self._prompt.inc(prompt)
        self._generation.inc(generated)
        self._success.labels(*self._values, reason).inc()
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        """The Prometheus text."""
        return generate_latest(self._registry)
