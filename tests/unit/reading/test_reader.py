"""Pages are read a few at a time, come back in order, and a page that is not read is never passed off as read."""

from collections.abc import Iterator
from typing import Any

import pytest

from ocrfleet.asking.families import Task
from ocrfleet.errors import Busy, OcrfleetError, PageRefused, Refused, Unreachable
from ocrfleet.reading import Asking, PageText, Patience, read_pages
from ocrfleet.reading.document import Picture
from ocrfleet.remote import Remote
from tests.unit.reading.fakes import FakeService, answer, picture
from tests.unit.remote.fakes import FakeSession
from tests.unit.spec.files import LAB, parse
from tests.unit.spec.gpus import accepted

HOST = parse(LAB)
AT_ONCE = Patience(attempts=3, pause=0.0)


def read(remote: Remote, *pages: Picture, parallel: int = 2) -> list[PageText]:
    return list(read_pages(remote, HOST, pages, Asking(parallel, patience=AT_ONCE)))


def test_a_page_is_asked_as_the_gate_asks() -> None:
    service = FakeService(lambda _: answer("Harbour Stores"))
    assert read(service.remote, picture(1)) == [PageText(1, "Harbour Stores", "stop", 1.5)]
    asked = service.asked[0]
    assert (asked["method"], asked["path"]) == ("POST", "/v1/chat/completions")
    assert (asked["body"]["model"], asked["body"]["temperature"]) == ("tesseract", 0)
    assert asked["seconds"] == HOST.gate.page_seconds + HOST.proxy.hold_seconds


@pytest.mark.parametrize("parallel", [1, 3, 8])
def test_pages_come_in_order_though_later_ones_are_quicker(parallel: int) -> None:
    service = FakeService(answer, pause=0.05)
    texts = read(service.remote, *map(picture, range(1, 9)), parallel=parallel)
    assert [(text.page, text.text) for text in texts] == [(number, f"page {number}") for number in range(1, 9)]
    assert service.most <= parallel


def test_a_document_is_not_drawn_further_than_it_is_read() -> None:
    drawn = []

    def pages() -> Iterator[Picture]:
        for number in range(1, 100):
            drawn.append(number)
            yield picture(number)

    reading = read_pages(FakeService(answer).remote, HOST, pages(), Asking(3))
    next(reading)
    assert drawn == [1, 2, 3]


def test_a_full_queue_is_waited_out() -> None:
    full = [answer(status=429), answer(status=429)]
    service = FakeService(lambda text: full.pop() if full else answer(text))
    assert [text.text for text in read(service.remote, picture(1))] == ["page 1"]
    assert service.pages == ["page 1"] * 3


def test_a_queue_that_stays_full_is_busy_and_not_a_bad_page() -> None:
    service = FakeService(lambda _: answer(status=429))
    with pytest.raises(Busy, match="lab has too many pages waiting to read page 1"):
        read(service.remote, picture(1))
    assert len(service.asked) == AT_ONCE.attempts


@pytest.mark.parametrize("status", [400, 401, 404, 413, 499])
def test_a_page_that_is_refused_is_named_with_what_was_said(status: int) -> None:
    refusal = {**answer(), "status": status, "body": '{"error": {"message": "not a picture"}}'}
    with pytest.raises(PageRefused, match=r"lab did not read page 2: .*not a picture"):
        read(FakeService(lambda text: refusal if text == "page 2" else answer()).remote, picture(1), picture(2))


GARBAGE: dict[str, dict[str, Any]] = {
    "an error of the server": {"status": 500},
    "nobody serving": {"status": 503, "body": '{"error": {"message": "restarting"}}'},
    "no status": {"status": 0, "body": "connection refused"},
    "not JSON": {"body": "<html>"},
    "no choices": {"body": '{"choices": []}'},
    "a list": {"body": "[1]"},
    "no text": {"body": '{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}'},
    "no reason": {"body": '{"choices": [{"message": {"content": "x"}, "finish_reason": null}]}'},
    "nothing": {"body": ""},
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_an_answer_without_a_text_is_no_page(garbage: dict[str, Any]) -> None:
    told = {**answer(), **garbage}
    if garbage == {"status": 500}:
        told["body"] = "Internal Server Error"
    with pytest.raises(Unreachable, match=f"page 1 was not read .{told['status'] or 'no status'}.: "):
        read(FakeService(lambda _: told).remote, picture(1))


def test_a_text_that_is_cut_says_why() -> None:
    (text,) = read(FakeService(lambda _: answer("half", reason="length")).remote, picture(1))
    assert text.finish_reason == "length"


def test_the_first_page_that_fails_ends_the_reading_and_starts_no_other() -> None:
    def reply(text: str) -> dict[str, Any]:
        return answer() if text == "page 1" else {**answer(), "status": 400, "body": "no"}

    service = FakeService(reply)
    texts = read_pages(service.remote, HOST, map(picture, range(1, 50)), Asking(2, patience=AT_ONCE))
    assert next(texts).page == 1
    with pytest.raises(PageRefused, match="page 2"):
        next(texts)
    assert len(service.asked) <= 4


def test_a_page_that_cannot_be_drawn_fails_after_those_before_it() -> None:
    def pages() -> Iterator[Picture]:
        yield from map(picture, range(1, 4))
        raise Refused("page 4 is torn", fix="scan it again")

    texts = read_pages(FakeService(answer).remote, HOST, pages(), Asking(8))
    assert [next(texts).page for _ in range(3)] == [1, 2, 3]
    with pytest.raises(Refused, match="torn"):
        next(texts)


def test_a_host_that_is_gone_is_told_as_it_is() -> None:
    gone: OcrfleetError = Unreachable("lab", reason="broken pipe")
    with pytest.raises(Unreachable, match="broken pipe"):
        read(Remote(FakeSession([gone])), picture(1))


GPU = accepted()
LOOP = "| 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |"


def climb(replies: list[dict[str, Any]], task: Task = "markdown") -> tuple[PageText, list[dict[str, Any]]]:
    """Read one page with an engine that gives these answers, the last one for ever."""
    service = FakeService(lambda _: replies.pop(0) if len(replies) > 1 else replies[0])
    (text,) = read_pages(service.remote, GPU, [picture(1)], Asking(task=task, patience=AT_ONCE))
    return text, [asked["body"] for asked in service.asked]


def test_a_page_that_is_read_at_once_is_asked_for_once() -> None:
    text, asked = climb([answer("# Invoice")])
    assert (text.text, text.tries, text.is_whole) == ("# Invoice", 1, True)
    assert asked[0]["vllm_xargs"] == {"ngram_size": 30, "window_size": 90, "whitelist_token_ids": [128821, 128822]}


@pytest.mark.parametrize("bad", [answer("cut", reason="length"), answer(LOOP), answer("x", reason="repetition")])
def test_a_loop_is_asked_for_otherwise_until_the_answer_is_whole(bad: dict[str, Any]) -> None:
    text, asked = climb([bad, bad, answer("# Invoice")])
    assert (text.text, text.tries, text.finish_reason) == ("# Invoice", 3, "stop")
    sizes = [(body["vllm_xargs"]["ngram_size"], body["vllm_xargs"]["window_size"]) for body in asked]
    assert sizes == [(30, 90), (20, 50), (20, 256)]


def test_the_last_way_is_plain_text_and_what_stays_a_loop_says_so() -> None:
    text, asked = climb([answer(LOOP)])
    assert (text.tries, text.finish_reason, text.is_whole) == (4, "repetition", False)
    assert [body["messages"][0]["content"][1]["text"] for body in asked[2:]] == [
        "<|grounding|>Convert the document to markdown.",
        "Free OCR.",
    ]


def test_another_engine_is_asked_once_and_its_text_is_its_own() -> None:
    service = FakeService(lambda _: answer(LOOP))
    (text,) = read(service.remote, picture(1))
    assert (text.text, text.finish_reason, len(service.asked)) == (LOOP, "stop", 1)
