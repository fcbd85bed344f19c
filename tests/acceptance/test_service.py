"""The service reads pages, for those who may ask, and for nobody else."""

import json
import re
from collections.abc import Callable
from typing import Any

from ocrfleet.agent.reading import error_rate
from ocrfleet.spec import HostSpec

Agent = Callable[..., dict[str, Any]]
CLOSED = ("/", "/metrics", "/docs", "/invocations", "/v1/embeddings", "/v1/../metrics", "//metrics", "/v1/models/x")


def test_the_golden_page_is_read_through_the_proxy(
    reading: dict[str, Any], page: dict[str, Any], record_property: Any
) -> None:
    assert reading["status"] == 200, f"status {reading['status']}: {reading['body'][:200]}"
    text = json.loads(reading["body"])["choices"][0]["message"]["content"]
    rate = error_rate(page["expected"], text)
    record_property("cer", f"character error rate {rate:.3f} in {reading['seconds']:.1f} s")
    assert rate <= page["max_error_rate"], f"character error rate {rate:.3f}"


def test_the_golden_page_is_read_to_its_end(reading: dict[str, Any]) -> None:
    ended = json.loads(reading["body"])["choices"][0]["finish_reason"]
    assert ended == "stop", f"it ended by {ended}: pages are cut off"


def test_a_drain_can_see_who_still_waits(serving: dict[str, Any], spec: HostSpec, fetch: Any) -> None:
    told = fetch(f"http://{serving['address']}:{spec.engine.port}/metrics")
    missing = [name for name in spec.engine.in_flight_metrics if not re.search(rf"^{name}\b", told, re.MULTILINE)]
    assert not missing, f"its metrics have no {', '.join(missing)}"


def test_the_model_is_listed_under_its_name(agent: Agent, spec: HostSpec) -> None:
    answer = agent("ask", method="GET", path="/v1/models", seconds=15)
    assert spec.engine.model in answer["body"], answer["body"][:200]


def test_nobody_reads_a_page_without_a_key(agent: Agent, spec: HostSpec) -> None:
    assert spec.proxy.api_keys, "the host file names no API key"
    for method, path in (("POST", "/v1/chat/completions"), ("GET", "/v1/models")):
        answer = agent("ask", method=method, path=path, body={}, seconds=15, keyless=True)
        assert answer["status"] == 401, f"{path} answered {answer['status']} without a key"


def test_other_paths_are_not_found(agent: Agent) -> None:
    for path in CLOSED:
        answer = agent("ask", method="GET", path=path, seconds=15)
        assert answer["status"] == 404, f"{path} answered {answer['status']}"
