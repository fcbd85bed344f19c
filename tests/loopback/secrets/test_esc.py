"""The store esc: revisions and tags, conflicts, what expires, and an API that says no, later, or nothing."""

from __future__ import annotations

import re

import pytest

from ocrfleet.errors import OcrfleetError, Refused, Unknown
from ocrfleet.secrets import Secret
from ocrfleet.secrets.cloud import TRIES, connect
from tests.loopback.secrets.conftest import Asked
from tests.loopback.secrets.escdouble import ENVIRONMENT, Fault

A, B = Secret("a" * 32), Secret("b" * 32)
OTHERS = """\
imports: [goldfish/shared]
values:
  region: eu
  aws: {key: {'fn::secret': theirs}}
  pulumiConfig: {'ocrfleet:api-key': '${ocrfleet.api-key}'}
"""


def test_what_is_written_is_read_and_what_is_others_stays(asked: Asked) -> None:
    asked.esc.change(OTHERS)
    assert asked.store.write({"api-key": A}) == "3"
    assert asked.store.read() == {"api-key": A}
    assert OTHERS.split("\n")[2] in asked.esc.revisions[-1]
    assert "fn::secret: theirs" in asked.esc.revisions[-1]
    assert asked.esc.revisions[-1].startswith("imports:\n- goldfish/shared\n")
    asked.store.write({"next-key": B})
    assert asked.store.read() == {"api-key": A, "next-key": B}


def test_a_revision_is_read_and_restored_by_number_or_tag(asked: Asked) -> None:
    for secret in (A, B):
        asked.store.write({"api-key": secret})
    asked.esc.tags["stable"] = 2
    assert asked.store.read("2") == asked.store.read("stable") == {"api-key": A}
    assert [one.name for one in asked.store.revisions()] == ["3", "2", "1"]
    assert asked.store.revisions()[1].tags == ("stable",)
    assert asked.store.revisions()[0].who == "neptune"
    assert asked.store.restore("stable") == "4"
    assert asked.store.read() == {"api-key": A}
    assert asked.esc.revisions[3] == asked.esc.revisions[1]


@pytest.mark.parametrize("at", ["9", "missing", "..", "", "1/open"])
def test_a_revision_that_is_not_there_is_refused(asked: Asked, at: str) -> None:
    for call in (asked.store.read, asked.store.restore):
        with pytest.raises(Refused, match=f"has no revision {re.escape(at)}"):
            call(at)
    assert len(asked.esc.revisions) == 1


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(asked: Asked) -> None:
    asked.store.write({"api-key": A})
    answer = asked.esc.answer

    def meanwhile(method: str, *rest: object) -> object:
        if method == "PATCH":
            asked.esc.change(OTHERS)
        return answer(method, *rest)  # type: ignore[arg-type]

    asked.esc.answer = meanwhile  # type: ignore[method-assign,assignment]
    with pytest.raises(Refused, match="somebody else has changed it"):
        asked.store.write({"api-key": B})
    assert asked.esc.revisions[-1] == OTHERS
    with pytest.raises(Refused, match="somebody else has changed it"):
        asked.store.restore("1")
    assert asked.esc.revisions[-1] == OTHERS


def test_a_write_that_was_done_although_its_answer_was_lost_is_done_once(asked: Asked) -> None:
    asked.esc.faults["PATCH "] = [Fault(done=True)]
    assert asked.store.write({"api-key": A}) == "2"
    assert len(asked.esc.revisions) == 2
    asked.store.write({"api-key": B})
    asked.esc.faults["PATCH "] = [Fault(503, done=True)]
    assert asked.store.restore("2") == "4"
    assert asked.store.read() == {"api-key": A}


def test_a_write_that_was_never_answered_is_not_said_to_be_done(asked: Asked) -> None:
    asked.esc.faults["PATCH "] = [Fault()] * TRIES
    with pytest.raises(Unknown, match="no answer from ESC"):
        asked.store.write({"api-key": A})
    assert len(asked.esc.revisions) == 1


def test_a_write_that_may_have_been_done_is_said_to_be_so(asked: Asked) -> None:
    asked.esc.faults["PATCH "] = [Fault(503, done=True)] * TRIES
    asked.esc.faults["POST /open"] = [Fault(503)] * TRIES
    with pytest.raises(Unknown) as caught:
        asked.store.write({"api-key": A})
    assert caught.value.changed == f"perhaps {ENVIRONMENT}"


def test_what_expires_between_opening_and_reading_is_opened_again(asked: Asked) -> None:
    asked.store.write({"api-key": A})
    asked.esc.faults["GET /open/ID"] = [Fault(404)]
    assert asked.store.read() == {"api-key": A}
    asked.esc.faults["GET /open/ID"] = [Fault(404)] * 2
    with pytest.raises(Refused, match="each time it had expired"):
        asked.store.read("2")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 0])
@pytest.mark.parametrize("call", ["POST /open", "GET /open/ID"])
def test_what_passes_is_waited_for(asked: Asked, status: int, call: str) -> None:
    asked.store.write({"api-key": A})
    asked.esc.faults[call] = [Fault(status)] * (TRIES - 1)
    assert asked.store.read() == {"api-key": A}
    assert asked.waited == [1, 2, 4, 8]
    asked.esc.faults[call] = [Fault(status)] * TRIES
    with pytest.raises(Unknown, match=str(status) if status else "ProtocolError"):
        asked.store.read()


def test_it_waits_as_long_as_it_is_asked_to(asked: Asked) -> None:
    asked.esc.faults["GET /versions"] = [
        Fault(429, headers={"Retry-After": "17"}),
        Fault(503, headers={"Retry-After": "x"}),
    ]
    assert len(asked.store.revisions()) == 1
    assert asked.waited == [17, 2]


@pytest.mark.parametrize(
    ("status", "says", "fix"),
    [
        (400, "takes the definition for wrong", "pulumi env edit"),
        (401, "or it has expired", "PULUMI_ACCESS_TOKEN"),
        (403, "lets this token not do that", "the right to open and edit"),
        (404, "has nothing of that name", f"pulumi env init {ENVIRONMENT}"),
    ],
)
def test_a_no_says_what_to_do_and_is_not_asked_twice(asked: Asked, status: int, says: str, fix: str) -> None:
    asked.esc.faults["GET "] = [Fault(status)]
    with pytest.raises(Refused, match=says) as caught:
        asked.store.write({"api-key": A})
    assert fix in caught.value.fix
    assert asked.esc.calls == ["GET "]
    assert asked.waited == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": 7}', b"<html>", b"\xff"])
def test_an_answer_that_is_none_is_not_taken_for_one(asked: Asked, body: bytes) -> None:
    asked.esc.faults["POST /open"] = [Fault(200, body=body)]
    with pytest.raises(OcrfleetError) as caught:
        asked.store.read()
    assert caught.value.code == Unknown.code


def test_what_does_not_say_which_revision_it_is_is_not_written_over(asked: Asked) -> None:
    asked.esc.faults["GET "] = [Fault(200, body=b'{"values": {}}')]
    with pytest.raises(Unknown, match="does not say which revision it is"):
        asked.store.write({"api-key": A})
    assert len(asked.esc.revisions) == 1


def test_what_esc_computes_itself_is_read_but_not_overwritten(asked: Asked) -> None:
    asked.esc.change(
        "values: {ocrfleet: {api-key: {'fn::rotate::password': {inputs: {length: 32}}}, other: '${aws.key}'}}"
    )
    assert asked.store.read()["api-key"] == Secret("rotated-by-the-service-0123456789")
    for name, function in (("api-key", "fn::rotate::password"), ("other", "${…}")):
        with pytest.raises(Refused) as caught:
            asked.store.write({name: A})
        assert caught.value.failed == f"ESC computes {name} itself, by {function}"
    asked.store.write({"next-key": A})
    assert "fn::rotate::password" in asked.esc.revisions[-1]


def test_without_a_token_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_ACCESS_TOKEN", raising=False)
    with pytest.raises(Refused, match="PULUMI_ACCESS_TOKEN is not set"):
        connect(ENVIRONMENT, "https://api.pulumi.com")


def test_no_variable_sends_the_token_elsewhere(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULUMI_BACKEND_URL", "PULUMI_API"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    url = asked.store.cloud.api.api_client.configuration.host.removesuffix("/api/esc")
    assert connect(ENVIRONMENT, url).ask("list", "list_environment_revisions")[0].number == 1
    assert len(asked.esc.calls) == 1
