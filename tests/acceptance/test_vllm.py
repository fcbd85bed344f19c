"""vLLM runs as its host file says, and does nothing for a page but read it. Looked at where an engine is vLLM."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from ocrfleet.commands.containers import HOME
from ocrfleet.spec import HostSpec
from ocrfleet.spec.vllm.rules import PROCESSOR

Agent = Callable[..., dict[str, Any]]
ENGINE = re.compile(r"Resolved architecture: Deepseek\w*OCR\w*ForCausalLM", re.IGNORECASE)
WRONG_RUNNER = "is not a subclass of vllm.v1.worker.gpu.sample"
PDF = "data:image/png;base64,JVBERi0xLjQKJSBubyBwaWN0dXJlCg=="
ELSEWHERE = "http://127.0.0.1:8000/health"


@pytest.fixture
def beginning(host: Host, serving: dict[str, Any]) -> str:
    """What the release said while it started: kept since it was let in, for logs do not last."""
    return kept(host, serving["release"])


def kept(host: Host, release: int) -> str:
    """Read it on the host."""
    done = host.run("cat %s", f"{HOME}/releases/{release}/start")
    assert done.rc == 0, "nothing is kept of what it said when it started"
    text: str = done.stdout
    return text


def test_the_server_is_the_vllm_that_is_pinned(serving: dict[str, Any], spec: HostSpec, fetch: Any) -> None:
    told = json.loads(fetch(f"http://{serving['address']}:{spec.engine.port}/version"))["version"]
    assert told == spec.engine.vllm, f"it is {told}"


def test_the_model_is_read_by_vllms_own_code(beginning: str, spec: HostSpec) -> None:
    assert ENGINE.search(beginning), "its log names no DeepSeek-OCR"
    assert not spec.engine.flags.get("trust-remote-code"), "it runs the repository's code"


def test_the_guard_against_loops_is_in_place(beginning: str, engine: dict[str, Any]) -> None:
    assert WRONG_RUNNER not in beginning, "the guard does not fit the model runner"
    assert any(PROCESSOR in word for word in engine["Args"]), "it was started without"


def test_a_page_cannot_make_the_engine_fetch_an_address(agent: Agent, page: dict[str, Any]) -> None:
    answer = send(agent, page, ELSEWHERE)
    assert 400 <= answer["status"] < 500, f"status {answer['status']} for a picture at {ELSEWHERE}"


def test_a_file_that_is_no_picture_is_refused_and_not_read(agent: Agent, page: dict[str, Any]) -> None:
    answer = send(agent, page, PDF)
    assert 400 <= answer["status"] < 500, f"status {answer['status']} for a PDF"


def test_what_is_read_is_counted(serving: dict[str, Any], spec: HostSpec, fetch: Any) -> None:
    told = fetch(f"http://{serving['address']}:{spec.engine.port}/metrics")
    assert "vllm:generation_tokens_total" in told, "its metrics have no vllm:generation_tokens_total"


def send(agent: Agent, page: dict[str, Any], url: str) -> dict[str, Any]:
    """Ask for another picture as the golden page is asked for, for a few words."""
    (message,) = page["request"]["messages"]
    parts = [{"type": "image_url", "image_url": {"url": url}}, *(one for one in message["content"] if "text" in one)]
    body = {**page["request"], "max_tokens": 8, "messages": [{**message, "content": parts}]}
    return agent("ask", method="POST", path="/v1/chat/completions", body=body, seconds=60)
