"""What an engine tells of its work is read from the metrics of every kind of engine."""

from __future__ import annotations

import pytest

from ocrfleet.agent.metrics import Work, measure_work
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host

METRICS = {
    b'vllm:num_requests_running 1\nbusy 2\nvllm:request_success_total{reason="stop"} 5\n': Work(2, 5),
    b'busy 1\nvllm:generation_tokens_total{model="x"} 12\nvllm:request_success_total 3\n': Work(1, 15),
    b'busy 1\nhttp_requests_total{handler="/health"} 9\nhttp_requests_total{handler="/v1"} 4\n': Work(1, 4),
    b"busy 1\nprocess_cpu_seconds_total 9\npython_gc_objects_collected_total 9\n": Work(1, None),
    b"nothing of ours\n": Work(float("inf"), None),
}


@pytest.mark.parametrize("text", METRICS)
def test_what_an_engine_tells_of_its_work(serving: Host, text: bytes) -> None:
    serving.image("one", Behaviour(metrics=text))
    assert measure_work(serving.site, serving.release(1)) == METRICS[text]


def test_an_engine_that_is_gone_or_late_is_told_apart(serving: Host) -> None:
    serving.image("one", Behaviour(metrics_late=True))
    assert measure_work(serving.site, serving.release(1)) == Work(float("inf"))
    serving.box(1).running = False
    assert measure_work(serving.site, serving.release(1)) == Work(None)
