"""Calls the host's agent, which is sent when it is missing there or damaged."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from ocrfleet.commands.containers import HOME
from ocrfleet.errors import HostRefused, OcrfleetError, Unknown, Unreachable
from ocrfleet.remote.answers import error_of, parse, result
from ocrfleet.remote.pack import pack_agent
from ocrfleet.remote.session import Result, Session

POLL_SECONDS, PATIENCE_SECONDS = 8.0, 300.0
# What a shell says of a program that is not there.
NO_PROGRAM = 127
Lines = Callable[[str], None]


class Agent:
    """The agent of one host, over one session.

    `patience` is how long, in seconds, a job is followed out of reach, and `sleep` how to wait between two tries.
    """

    def __init__(
        self, session: Session, *, patience: float = PATIENCE_SECONDS, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._session, self._patience, self._sleep = session, patience, sleep

    def call(self, verb: str, payload: dict[str, Any], *, silence: float | None = None) -> dict[str, Any]:
        """Run a verb; return its result or raise what the agent reported."""
        stdin = json.dumps({"host": self._session.name, **payload}).encode()
        done = self._run(verb, stdin, silence)
        if self._is_worth_sending(done):
            self._send()
            done = self._run(verb, stdin, silence)
        answer = parse(done.out)
        if answer is None:
            raise self._no_answer(verb, done)
        return result(answer)

    def work(self, verb: str, payload: dict[str, Any], lines: Lines) -> dict[str, Any]:
        """Begin or join a job and follow it to its end, across lost connections; return its result."""
        begun = self.call(verb, payload)
        if begun["state"] == "joined":
            lines(f"joined the job {begun['job']}, which runs already")
        return self.follow(begun["job"], lines)

    def follow(self, key: str, lines: Lines) -> dict[str, Any]:
        """Give every line of a job's log, from its first, to `lines`; return the job's result at its end.

        ^C ends the following alone, and raises Unknown.
        """
        try:
            return self._to_its_end(key, lines)
        except KeyboardInterrupt:
            raise self._left(key) from None

    def _to_its_end(self, key: str, lines: Lines) -> dict[str, Any]:
        offset, rest, run = 0, "", None
        while True:
            news = self._news(key, offset)
            run, before = news.get("run"), run
            if offset and run != before:
                lines(f"the job {key} was begun again")
                offset, rest = 0, ""
                continue
            offset, rest = news["offset"], rest + news["text"]
            *whole, rest = rest.split("\n")
            at_its_end = news["state"] != "running"
            for line in [*whole, rest] if at_its_end and rest else whole:
                lines(line)
            if at_its_end:
                return self._ended(key, news["exit"])

    def _news(self, key: str, offset: int) -> dict[str, Any]:
        # Loading this takes a tenth of the provider's start, and most runs follow no job.
        from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

        again = Retrying(
            retry=retry_if_exception_type(Unreachable),
            stop=stop_after_delay(self._patience),
            wait=wait_exponential(0.25, max=10),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return again(self.call, "job", {"key": key, "offset": offset, "wait": POLL_SECONDS})
        except Unreachable as error:
            raise self._out_of_reach(key, error) from error

    def _ended(self, key: str, ended: dict[str, Any] | None) -> dict[str, Any]:
        if ended is None:
            raise self._lost(key)
        if ended["code"]:
            raise error_of(ended["error"])
        found: dict[str, Any] = ended["result"]
        return found

    def _run(self, verb: str, stdin: bytes, silence: float | None) -> Result:
        path = f"{HOME}/agent/{pack_agent().digest}.pyz"
        return self._session.run(("python3", "-I", path, verb), stdin=stdin, silence=silence)

    @staticmethod
    def _is_worth_sending(done: Result) -> bool:
        """Whether the agent is missing or damaged: something ran to its own end and was not the agent."""
        return parse(done.out) is None and 0 <= done.code != NO_PROGRAM

    def _send(self) -> None:
        pack = pack_agent()
        self._session.put(pack.content, f"{HOME}/agent/{pack.digest}.pyz", mode=0o600)

    def _out_of_reach(self, key: str, error: Unreachable) -> OcrfleetError:
        return Unknown(
            f"{error.failed}, so it is not known how the job {key} ended",
            serving="not known",
            changed="not known; the job goes on on the host, and either finishes or restores by itself",
            fix=f"the same command again joins it, and so does, from anywhere: ocrfleet attach {self._session.name}",
        )

    def _left(self, key: str) -> OcrfleetError:
        host = self._session.name
        return Unknown(
            f"stopped waiting for the job {key}",
            serving="not known",
            changed="not known; the job goes on on the host, and either finishes or restores by itself",
            fix=f"ocrfleet attach {host} joins it, ocrfleet abort {host} stops it",
        )

    def _lost(self, key: str) -> OcrfleetError:
        return Unknown(
            f"the job {key} ended without a result; the host may have restarted",
            serving="not known",
            changed="not known; the guard restores what served before",
            fix=f"the same command again; ocrfleet status {self._session.name} tells what serves meanwhile",
        )

    def _no_answer(self, verb: str, done: Result) -> OcrfleetError:
        last = done.err.decode(errors="replace").strip().splitlines()[-1:] or ["no output"]
        if done.code == NO_PROGRAM:
            fix = "install Python 3.10 or newer on the host"
            return HostRefused(f"{self._session.name} has no python3: {last[0]}", serving="as before", fix=fix)
        how = "was killed" if done.code < 0 else f"gave no answer (exit code {done.code})"
        return Unknown(
            f"the agent's {verb} on {self._session.name} {how}: {last[0]}",
            serving="not known",
            changed="not known",
            fix=f"ocrfleet doctor {self._session.name}",
        )
