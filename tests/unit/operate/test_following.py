"""A job is joined or stopped from any machine: everything about it is asked of the host."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.errors import HostRefused, NotRestored, Restored, Unknown
from ocrfleet.operate.following import abort, attach
from ocrfleet.remote import Remote
from tests.unit.remote.fakes import FakeSession, failed

ERROR = {"code": 20, "failed": "it was asked to stop", "serving": "release 2", "changed": "nothing", "next": "x"}


def job(key: str = "1a", *, at_work: bool = True, since: float = 1.0) -> dict[str, Any]:
    return {"key": key, "what": "deploy", "who": "ana@mac", "since": since, "at_work": at_work}


def finished(text: str = "", **ended: Any) -> dict[str, Any]:
    return {"state": "finished", "text": text, "offset": len(text), "exit": {"code": 0, "result": {}, **ended}}


def running(text: str) -> dict[str, Any]:
    return {"state": "running", "text": text, "offset": len(text), "exit": None}


def host(*replies: Any) -> tuple[FakeSession, Remote]:
    session = FakeSession(list(replies))
    return session, Remote(session)


def test_the_job_at_work_is_followed_from_its_first_line_to_its_end() -> None:
    lines: list[str] = []
    done = finished("two\n", result={"outcome": "deployed", "release": 3})
    session, remote = host({"jobs": [job()]}, running("one\n"), done)
    assert attach(remote, lines.append) == "deploy by ana@mac: deployed, release 3"
    assert lines == ["deploy by ana@mac, job 1a", "one", "two"]
    assert [payload.get("offset") for payload in session.payloads] == [None, 0, 4]


def test_a_job_that_fails_while_it_is_followed_raises_its_error() -> None:
    _, remote = host({"jobs": [job()]}, finished(code=20, error=ERROR))
    with pytest.raises(Restored, match="it was asked to stop"):
        attach(remote, print)


def test_of_the_last_job_only_its_end_is_told() -> None:
    lines: list[str] = []
    _, remote = host({"jobs": [job("0"), job("1a", at_work=False)]}, finished("old\n", result={"image": "sha256:x"}))
    assert attach(remote, lines.append, "1a") == "deploy by ana@mac: image sha256:x"
    assert lines == ["deploy by ana@mac, job 1a, has ended"]


def test_a_last_job_that_was_lost_is_told_as_unknown() -> None:
    lost = {"state": "lost", "text": "", "offset": 0, "exit": None}
    _, remote = host({"jobs": [job(at_work=False)]}, lost)
    with pytest.raises(Unknown, match="the job 1a ended without a result"):
        attach(remote, print)


def test_one_at_work_comes_before_one_that_was_begun_later_and_has_ended() -> None:
    session, remote = host({"jobs": [job("old"), job("new", at_work=False, since=9)]}, finished())
    assert attach(remote, print) == "deploy by ana@mac: done"
    assert session.payloads[-1]["key"] == "old"


@pytest.mark.parametrize(("key", "why"), [(None, "no job was ever begun"), ("zz", "there is no such job")])
def test_without_a_job_there_is_nothing_to_join(key: str | None, why: str) -> None:
    _, remote = host({"jobs": [job()] if key else []})
    with pytest.raises(HostRefused, match=why):
        attach(remote, print, key)


@pytest.mark.parametrize("code", [10, 20])
def test_a_job_that_was_stopped_says_what_it_said(code: int) -> None:
    lines: list[str] = []
    session, remote = host({"job": job()}, finished("restoring\n", code=code, error={**ERROR, "code": code}))
    stopped = abort(remote, lines.append)
    assert stopped is not None
    assert (stopped[0], stopped[1].failed, lines) == ("deploy by ana@mac", "it was asked to stop", ["restoring"])
    assert session.payloads[0]["job"] is None


def test_nothing_at_work_is_told() -> None:
    _, remote = host({"job": None})
    assert abort(remote, print) is None


def test_a_job_that_was_done_before_it_could_be_stopped_is_told() -> None:
    _, remote = host({"job": job()}, finished(result={"outcome": "deployed", "release": 3}))
    with pytest.raises(HostRefused, match="had done its work before it could be stopped: deployed, release 3"):
        abort(remote, print)


def test_a_job_that_could_not_restore_is_no_success() -> None:
    _, remote = host({"job": job()}, finished(code=30, error={**ERROR, "code": 30}))
    with pytest.raises(NotRestored):
        abort(remote, print)


def test_several_at_work_are_the_hosts_to_refuse() -> None:
    _, remote = host(failed(code=10, failed="several jobs are at work: build engine, job 1; deploy, job 2"))
    with pytest.raises(HostRefused, match="several jobs are at work"):
        abort(remote, print)
