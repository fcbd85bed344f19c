"""Sends pages to a host and collects their text in order."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from ocrfleet.errors import Busy, OcrfleetError, PageRefused, Unreachable
from ocrfleet.reading.document import Picture
from ocrfleet.remote import Remote
from ocrfleet.render import page_request
from ocrfleet.spec import HostSpec

TOO_MANY = 429
CLIENT_ERRORS = range(400, 500)


@dataclass(frozen=True)
class PageText:
    """What was read on one page; `finish_reason` other than stop means that it is cut."""

    page: int
    text: str
    finish_reason: str
    seconds: float


@dataclass(frozen=True)
class Patience:
    """How often a page is sent to an engine that is busy, and the longest pause in seconds."""

    attempts: int = 8
    pause: float = 10.0


def read_pages(
    remote: Remote, host: HostSpec, pages: Iterable[Picture], *, parallel: int, patience: Patience = Patience()
) -> Iterator[PageText]:
    """Read pages, at most `parallel` at a time, and give them in order; raise for the first that cannot be read."""
    waiting: deque[Future[PageText]] = deque()
    with ThreadPoolExecutor(parallel) as pool:
        try:
            for asked in _asked(pages, lambda page: pool.submit(_read, remote, host, page, patience)):
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


def _read(remote: Remote, host: HostSpec, page: Picture, patience: Patience) -> PageText:
    body = page_request(host, page.content, media_type=page.media_type)
    seconds = host.gate.page_seconds + host.proxy.hold_seconds

    def ask() -> dict[str, Any]:
        return remote.ask("POST", "/v1/chat/completions", body=body, seconds=seconds)

    def give_up(_: RetryCallState) -> dict[str, Any]:
        raise _busy(host, page)

    # A full queue says 429: the engine is busy, not broken.
    patient = Retrying(
        retry=retry_if_result(lambda answer: answer["status"] == TOO_MANY),
        stop=stop_after_attempt(patience.attempts),
        wait=wait_exponential(max=patience.pause),
        retry_error_callback=give_up,
    )
    return _text(host, page, patient(ask))


def _text(host: HostSpec, page: Picture, answer: dict[str, Any]) -> PageText:
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
    return PageText(page.page, text, reason, answer["seconds"])


def _busy(host: HostSpec, page: Picture) -> Busy:
    return Busy(
        f"{host.name} has too many pages waiting to read page {page.page}",
        serving="the same as before",
        changed="nothing",
        fix="wait, or send fewer pages at a time: ocrfleet read --parallel 1",
    )
