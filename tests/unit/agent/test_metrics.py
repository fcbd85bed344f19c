"""What an engine tells of its work is read from the metrics of every kind of engine."""

from __future__ import annotations

import pytest

from ocrfleet.agent.metrics import Work, measure_work
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host

LAB = b'busy 1\nocr_requests_total{outcome="read"} 4\nocr_completion_tokens_total 90\nocr_page_seconds_count 6\n'
VLLM = b"""\
busy{engine="0",model_name="x"} 1
vllm:prompt_tokens_total{engine="0",model_name="x"} 4000
vllm:generation_tokens_total{engine="0",model_name="x"} 12
vllm:request_success_total{engine="0",finished_reason="stop",model_name="x"} 5
vllm:request_success_total{engine="0",finished_reason="length",model_name="x"} 2
vllm:request_success_total{engine="0",finished_reason="abort",model_name="x"} 700
vllm:request_success_total{engine="0",finished_reason="error",model_name="x"} 800
vllm:request_generation_tokens_count{engine="0",model_name="x"} 700
vllm:iteration_tokens_total_count{engine="0",model_name="x"} 900
vllm:corrupted_requests_total{engine="0",model_name="x"} 3
http_requests_total{handler="/v1/chat/completions",method="POST",status="2xx"} 900
http_request_duration_highr_seconds_count 9000
"""
HTTP = b"""\
busy 1
http_requests_total{handler="/health",method="GET",status="2xx"} 9
http_requests_total{handler="/v1/models",method="GET",status="2xx"} 60
http_requests_total{handler="/v1/chat/completions",method="POST",status="2xx"} 4
http_requests_total{handler="/v1/chat/completions",method="POST",status="4xx"} 50
http_requests_total{handler="/v1/chat/completions",method="POST",status="5xx"} 60
http_request_duration_seconds_count{handler="/v1/chat/completions",method="POST"} 114
"""
METRICS = {
    LAB: Work(1, 94),
    LAB + b'ocr_requests_total{outcome="gone"} 60\nocr_requests_total{outcome="busy"} 7\n': Work(1, 94),
    LAB + b'ocr_requests_total{outcome="failed"} 60\nocr_requests_total{outcome="refused"} 7\n': Work(1, 94),
    VLLM: Work(1, 19),
    HTTP: Work(1, 4),
    b'vllm:num_requests_running 1\nbusy 2\nvllm:request_success_total{reason="stop"} 5\n': Work(2, 5),
    b'busy 1\nvllm:generation_tokens_total{model="x"} 12\nvllm:request_success_total 3\n': Work(1, 15),
    b"busy 1\nllamacpp:prompt_tokens_total 70\nllamacpp:tokens_predicted_total 12\n": Work(1, 12),
    b"busy 1\nrequests_total 7\nprompt_tokens_total 7\nprocess_cpu_seconds_total 9\n": Work(1, None),
    b"busy 1\npython_gc_objects_collected_total 9\n": Work(1, None),
    b"generated_tokens_total 9\n": Work(float("inf"), None),
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
