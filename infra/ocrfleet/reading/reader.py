"""Sends pages to a host and collects their text in order."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from ocrfleet.agent.reading import loop_in
from ocrfleet.asking.families import Rung, Task, ladder
from ocrfleet.asking.markdown import to_markdown
from ocrfleet.asking.request import page_request
from ocrfleet.errors import Busy, OcrfleetError, PageRefused, Unreachable
from ocrfleet.reading.document import Picture
from ocrfleet.spec import HostSpec

TOO_MANY = 429
# vLLM's own word for an answer that it ended because it repeats.
STOP, REPETITION = "stop", "repetition"
CLIENT_ERRORS = range(400, 500)


@dataclass(frozen=True)
class PageText:
    """What was read on one page; `finish_reason` other than stop means that it is cut or repeats itself.

    `figures` are JPEG by the name the text calls them; `tries` says how often the model had to be asked.
    """

    page: int
    text: str
    finish_reason: str
    seconds: float
    tries: int = 1
    figures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether the model came to an end by itself, and not by repeating itself."""
        return self.finish_reason == STOP


@dataclass(frozen=True)
class Patience:
    """How often a page is sent to an engine that is busy, and the longest pause in seconds."""

    attempts: int = 8
    pause: float = 10.0


@dataclass(frozen=True)
class Asking:
    """What every page of a document is asked for, and how long one waits for it."""

    parallel: int = 1
    task: Task = "markdown"
    patience: Patience = Patience()


class Service(Protocol):
    """A way to the service: the host's own, or any other."""

    def ask(self, method: str, path: str, *, body: Any = None, seconds: float) -> dict[str, Any]:
        """Send one request; return status, body and seconds."""
        ...


def read_pages(remote: Service, host: HostSpec, pages: Iterable[Picture], asking: Asking) -> Iterator[PageText]:
    """Read pages, a few at a time, and give them in order; raise for the first that cannot be read."""
    rungs = ladder(host, asking.task)
    one = Reader(remote, host, asking.patience)
    return _in_order(pages, lambda page: one.climb(page, rungs), asking.parallel)


def _in_order(pages: Iterable[Picture], read: Callable[[Picture], PageText], parallel: int) -> Iterator[PageText]:
    waiting: deque[Future[PageText]] = deque()
    with ThreadPoolExecutor(parallel) as pool:
        try:
            for asked in _asked(pages, lambda page: pool.submit(read, page)):
                waiting.append(asked)
                if len(waiting) >= parallel:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _asked(pages: Iterable[Picture], ask: Callable[[Picture], Future[PageText]]) -> Iterator[Future[PageText]]:
    """Ask for each page; one that cannot be drawn fails in its turn, after those before it."""
    try:
        for page in pages:
            yield ask(page)
    except OcrfleetError as error:
        broken: Future[PageText] = Future()
        broken.set_exception(error)
        yield broken


@dataclass(frozen=True)
class Reader:
    """Reads single pages on one host."""

    remote: Service
    host: HostSpec
    patience: Patience

    def climb(self, page: Picture, rungs: Sequence[Rung]) -> PageText:
        """Ask in one way after the other until the answer is whole; else give the first, which says what it is."""
        answers: list[PageText] = []
        for tries, rung in enumerate(rungs, 1):
            answer = self._ask(page, rung)
            if answer.is_whole:
                return replace(answer, tries=tries)
            answers.append(answer)
        return replace(answers[0], tries=len(answers))

    def _ask(self, page: Picture, rung: Rung) -> PageText:
        body = page_request(self.host, rung, page.content, media_type=page.media_type)
        seconds = self.host.gate.page_seconds + self.host.proxy.hold_seconds

        def ask() -> dict[str, Any]:
            return self.remote.ask("POST", "/v1/chat/completions", body=body, seconds=seconds)

        def give_up(_: RetryCallState) -> dict[str, Any]:
            raise _busy(self.host, page)

        # A full queue says 429: the engine is busy, not broken.
        patient = Retrying(
            retry=retry_if_result(lambda answer: answer["status"] == TOO_MANY),
            stop=stop_after_attempt(self.patience.attempts),
            wait=wait_exponential(max=self.patience.pause),
            retry_error_callback=give_up,
        )
        return _text(self.host, page, patient(ask), guarded=rung.ngram is not None)


def _text(host: HostSpec, page: Picture, answer: dict[str, Any], *, guarded: bool) -> PageText:
    said = answer["body"][:300]
    if answer["status"] in CLIENT_ERRORS:
        raise PageRefused(host.name, page.page, said=said)
    try:
        choice = json.loads(answer["body"])["choices"][0]
        text, reason = choice["message"]["content"], choice["finish_reason"]
    except (ValueError, KeyError, IndexError, TypeError):
        text = reason = None
    if not (isinstance(text, str) and isinstance(reason, str)):
        status = answer["status"] or "no status"
        raise Unreachable(host.name, reason=f"page {page.page} was not read ({status}): {said}")
    looping = guarded and reason == STOP and loop_in(text) is not None
    shown = to_markdown(text, page=page.page, picture=page.content)
    reason = REPETITION if looping else reason
    return PageText(page.page, shown.text, reason, answer["seconds"], figures=shown.figures)


def _busy(host: HostSpec, page: Picture) -> Busy:
    return Busy(
        f"{host.name} has too many pages waiting to read page {page.page}",
        serving="the same as before",
        changed="nothing",
        fix="wait, or send fewer pages at a time: ocrfleet read --parallel 1",
    )
