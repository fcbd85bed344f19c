"""What a release must show before it takes traffic.

In order: alive, healthy, the model's name, the golden page, and that it stays healthy for a time, which begins with its
first healthy answer. Each check has its own deadline, and a failure names the check and its last value. HTTP 200 is not
a read page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ocrfleet.agent.docker import Docker
from ocrfleet.agent.errors import GateFailed, NotUp
from ocrfleet.agent.objects import object_of
from ocrfleet.agent.reading import error_rate, loop_in, normalise
from ocrfleet.agent.wire import Reply
from ocrfleet.agent.world import Asked, World

POLL, SETTLE, MODEL_SECONDS = 0.25, 1.0, 15.0
SHORT, LONG = 0.5, 2.0
OK = 200


@dataclass(frozen=True)
class Candidate:
    """What the gate looks at: a container, and where it answers."""

    container: str
    address: str
    gate: dict[str, Any]

    def url(self, path: str) -> str:
        return f"http://{self.address}:{self.gate['port']}{path}"


class Gate:
    """Runs the checks. `say` gets one line per passed check."""

    def __init__(self, world: World, docker: Docker, say: Callable[[str], None]) -> None:
        self._world, self._docker, self._say = world, docker, say

    def judge(self, candidate: Candidate) -> dict[str, Any]:
        """Return what was measured, or raise GateFailed, which has what was measured until then."""
        measured: dict[str, float] = {}
        try:
            self._measure(candidate, measured)
        except GateFailed as error:
            error.measured = {**measured, **error.measured, "passed": False}
            raise
        return {**measured, "passed": True}

    def _measure(self, candidate: Candidate, measured: dict[str, float]) -> None:
        start = self._world.clock()
        self.until_healthy(candidate)
        since = self._world.clock()
        measured["ready_seconds"] = round(since - start, 2)
        self._say(f"gate: healthy after {measured['ready_seconds']:.1f} s")
        self._has_model(candidate)
        measured |= self.read_page(candidate)
        self._say(f"gate: golden page read in {measured['seconds']:.1f} s, character error rate {measured['cer']:.3f}")
        self._stays_healthy(candidate, since)
        self._say(f"gate: stayed healthy for {candidate.gate['healthy_seconds']:.0f} s")

    def until_healthy(self, candidate: Candidate, seconds: float | None = None) -> None:
        """Wait for /health to answer 200; a container that ends fails at once, not at the deadline."""
        health = candidate.gate["health"]
        limit = health["seconds"] if seconds is None else seconds
        deadline = self._world.clock() + limit
        while True:
            self._is_alive(candidate)
            reply = self._get(candidate, health["path"], 5.0)
            if reply.status == OK:
                return
            if self._world.clock() >= deadline:
                raise NotUp(f"{health['path']} was not 200 after {limit:.0f} s: {_said(reply)}")
            self._world.sleep(POLL)

    def is_healthy(self, candidate: Candidate) -> bool:
        """Whether /health answers 200 now."""
        return self._get(candidate, candidate.gate["health"]["path"], 5.0).status == OK

    def _is_alive(self, candidate: Candidate) -> None:
        container = self._docker.container(candidate.container)
        if container is None:
            raise NotUp("the container was removed")
        if not container.running:
            lines = self._docker.logs(candidate.container, 8).strip()
            raise NotUp(f"the container ended with exit code {container.exit_code}; its last lines:\n{lines}")

    def _is_ok(self, candidate: Candidate, reply: Reply, otherwise: str) -> None:
        """Raise GateFailed with `otherwise` and what was answered, unless that is 200; NotUp where it has ended."""
        if reply.status == OK:
            return
        if not reply.status:
            # One that breaks off may have ended: Docker hears of it a moment after its last connection did.
            self._world.sleep(SETTLE)
        self._is_alive(candidate)
        raise GateFailed(f"{otherwise}: {_said(reply)}")

    def _has_model(self, candidate: Candidate) -> None:
        reply = self._get(candidate, "/v1/models", MODEL_SECONDS)
        failed = f"/v1/models does not list {candidate.gate['model']}"
        self._is_ok(candidate, reply, failed)
        models = (object_of(reply.body) or {}).get("data")
        names = [model.get("id") for model in models if isinstance(model, dict)] if isinstance(models, list) else []
        if candidate.gate["model"] not in names:
            raise GateFailed(f"{failed}: {_said(reply)}")

    def read_page(self, candidate: Candidate) -> dict[str, float]:
        """Let it read the golden page, within its time limit, or raise GateFailed."""
        start = self._world.clock()
        reply = self._world.ask(**_asking(candidate), seconds=candidate.gate["page"]["seconds"])
        took = round(self._world.clock() - start, 2)
        try:
            return {"cer": self.judge_page(candidate, reply), "seconds": took}
        except GateFailed as error:
            if reply.status == OK:
                error.measured["seconds"] = took
            raise

    def begin_page(self, candidate: Candidate, seconds: float) -> Asked:
        """Let it begin to read the golden page, and do not wait for it."""
        return self._world.begin(**_asking(candidate), seconds=seconds)

    def judge_page(self, candidate: Candidate, reply: Reply) -> float:
        """Return the character error rate of what it read, or raise GateFailed."""
        self._is_ok(candidate, reply, "golden page")
        return judge_text(_choice(reply), candidate.gate["page"])

    def _stays_healthy(self, candidate: Candidate, since: float) -> None:
        """Look until it was healthy long enough, and once in any case: the page may have been its last."""
        deadline = since + candidate.gate["healthy_seconds"]
        while True:
            self._world.sleep(min(1.0, max(0.0, deadline - self._world.clock())))
            self._is_alive(candidate)
            reply = self._get(candidate, candidate.gate["health"]["path"], 5.0)
            self._is_ok(candidate, reply, "it did not stay healthy")
            if self._world.clock() >= deadline:
                return

    def _get(self, candidate: Candidate, path: str, seconds: float) -> Reply:
        return self._world.ask("GET", candidate.url(path), body=None, headers={}, seconds=seconds)


def _asking(candidate: Candidate) -> dict[str, Any]:
    """The request for the golden page."""
    body, headers = json.dumps(candidate.gate["page"]["request"]).encode(), {"Content-Type": "application/json"}
    return {"method": "POST", "url": candidate.url("/v1/chat/completions"), "body": body, "headers": headers}


def judge_text(choice: dict[str, Any], page: dict[str, Any]) -> float:
    """Return the character error rate of a model's answer, or raise GateFailed when it is no reading of the page."""
    text = str(choice.get("text"))
    shown = repr(normalise(text)[:80])
    ratio = len(normalise(text)) / max(len(normalise(page["expected"])), 1)
    loop = loop_in(text)
    if loop:
        raise GateFailed(f"golden page: the answer repeats {loop[:60]!r} again and again")
    if choice.get("finish_reason") != "stop":
        raise GateFailed(
            f"golden page: the answer ended by {choice.get('finish_reason')!r}, not 'stop'; it read {shown}"
        )
    if not SHORT <= ratio <= LONG:
        raise GateFailed(f"golden page: the answer has {ratio:.2f} times the expected length; it read {shown}")
    rate = round(error_rate(page["expected"], text), 4)
    if rate > page["max_error_rate"]:
        limit = page["max_error_rate"]
        raise GateFailed(f"golden page: character error rate {rate:.3f} is above {limit}; it read {shown}", cer=rate)
    return rate


def _choice(reply: Reply) -> dict[str, Any]:
    try:
        choice = (object_of(reply.body) or {})["choices"][0]
        return {"text": choice["message"]["content"] or "", "finish_reason": choice["finish_reason"]}
    except (KeyError, IndexError, TypeError):
        raise GateFailed(f"golden page: the answer is not a chat completion: {_said(reply)}") from None


def _said(reply: Reply) -> str:
    text = reply.body.decode(errors="replace").strip()[:200]
    return f"status {reply.status}: {text}" if reply.status else text
