"""Sends pages to a host and collects their text in order."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_exponential

from ocrfleet.errors import PageRefused, Unreachable
from ocrfleet.reading.document import Picture
from ocrfleet.remote import Remote
from ocrfleet.render import page_request
from ocrfleet.spec import HostSpec

OK, TOO_MANY, LAST_CLIENT_ERROR = 200, 429, 499
ATTEMPTS = 8


@dataclass(frozen=True)
class PageText:
    """What was read on one page; `finish_reason` other than stop means that it is cut."""

    page: int
    text: str
    finish_reason: str
    seconds: float


def read_pages(remote: Remote, host: HostSpec, pages: Iterable[Picture], *, parallel: int) -> Iterator[PageText]:
    """Read pages, at most `parallel` at a time, and give them in order; raise for the first that cannot be read."""
    waiting: deque[Future[PageText]] = deque()
    with ThreadPoolExecutor(parallel) as pool:
        try:
            for page in pages:
                waiting.append(pool.submit(_read, remote, host, page))
                if len(waiting) >= parallel:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _read(remote: Remote, host: HostSpec, page: Picture) -> PageText:
    body = page_request(host, page.content, media_type=page.media_type)
    seconds = host.gate.page_seconds + host.proxy.hold_seconds

    def ask() -> dict[str, Any]:
        return remote.ask("POST", "/v1/chat/completions", body=body, seconds=seconds)

    # A full queue says 429: the engine is busy, not broken.
    patient = Retrying(
        retry=retry_if_result(lambda answer: answer["status"] == TOO_MANY),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(max=10),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    return _text(host, page, patient(ask))


def _text(host: HostSpec, page: Picture, answer: dict[str, Any]) -> PageText:
    said = answer["body"][:300]
    if OK < answer["status"] <= LAST_CLIENT_ERROR:
        raise PageRefused(host.name, page.page, said=said)
    try:
        choice = json.loads(answer["body"])["choices"][0]
        return PageText(page.page, choice["message"]["content"], choice["finish_reason"], answer["seconds"])
    except (ValueError, KeyError, IndexError, TypeError):
        status = answer["status"] or "no status"
        raise Unreachable(host.name, reason=f"page {page.page} was not read ({status}): {said}") from None
