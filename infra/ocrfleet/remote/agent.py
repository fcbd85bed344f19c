"""Calls the host's agent, which is sent when it is missing there or damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from ocrfleet.commands.containers import HOME
from ocrfleet.errors import HostRefused, OcrfleetError, Unreachable
from ocrfleet.remote.answers import error_of, parse, result
from ocrfleet.remote.pack import pack_agent
from ocrfleet.remote.session import Result, Session

POLL_SECONDS, PATIENCE_SECONDS = 8.0, 300.0
Lines = Callable[[str], None]


class Agent:
    """The agent of one host, over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def call(self, verb: str, payload: dict[str, Any], *, silence: float | None = None) -> dict[str, Any]:
        """Run a verb; return its result or raise what the agent reported."""
        stdin = json.dumps({"host": self._session.name, **payload}).encode()
        done = self._run(verb, stdin, silence)
        answer = parse(done.out)
        if answer is None:
            self._send()
            done = self._run(verb, stdin, silence)
            answer = parse(done.out)
        if answer is None:
            raise self._no_answer(verb, done)
        return result(answer, self._session.name)

    def work(self, verb: str, payload: dict[str, Any], lines: Lines) -> dict[str, Any]:
        """Begin or join a job and follow it to its end, across lost connections; return its result."""
        begun = self.call(verb, payload)
        if begun["state"] == "joined":
            lines(f"joined the job {begun['job']}, which runs already")
        return self.follow(begun["job"], lines)

    def follow(self, key: str, lines: Lines) -> dict[str, Any]:
        """Give every line of a job's log, from its first, to `lines`; return the job's result at its end."""
        offset, rest = 0, ""
        while True:
            news = self._news(key, offset)
            offset, rest = news["offset"], rest + news["text"]
            *whole, rest = rest.split("\n")
            for line in whole:
                lines(line)
            if news["state"] == "finished":
                return self._ended(news["exit"])
            if news["state"] == "lost":
                raise self._lost(key)

    def _news(self, key: str, offset: int) -> dict[str, Any]:
        again = Retrying(
            retry=retry_if_exception_type(Unreachable),
            stop=stop_after_delay(PATIENCE_SECONDS),
            wait=wait_exponential(max=10),
            reraise=True,
        )
        return again(self.call, "job", {"key": key, "offset": offset, "wait": POLL_SECONDS})

    def _ended(self, ended: dict[str, Any]) -> dict[str, Any]:
        if ended["code"]:
            raise error_of(ended["error"], self._session.name)
        found: dict[str, Any] = ended["result"]
        return found

    def _run(self, verb: str, stdin: bytes, silence: float | None) -> Result:
        path = f"{HOME}/agent/{pack_agent().digest}.pyz"
        return self._session.run(("python3", "-I", path, verb), stdin=stdin, silence=silence)

    def _send(self) -> None:
        pack = pack_agent()
        self._session.put(pack.content, f"{HOME}/agent/{pack.digest}.pyz", mode=0o600)

    def _lost(self, key: str) -> OcrfleetError:
        return Unreachable(
            self._session.name,
            reason=f"the job {key} ended without a result (the host may have restarted)",
            changed="not known; the guard restores what served before",
        )

    def _no_answer(self, verb: str, done: Result) -> OcrfleetError:
        last = done.err.decode(errors="replace").strip().splitlines()[-1:] or ["no output"]
        return HostRefused(
            f"the agent's {verb} gave no answer (exit code {done.code}): {last[0]}",
            serving="not known",
            fix=f"ocrfleet doctor {self._session.name}",
        )
