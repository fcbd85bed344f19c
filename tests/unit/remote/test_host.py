"""What is asked of a host, and which files go there before, with which modes."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from ocrfleet.commands.containers import HOME
from ocrfleet.project import Owner, Project
from ocrfleet.remote import Remote, Target, connect
from ocrfleet.remote.agent import POLL_SECONDS
from ocrfleet.remote.host import WAIT, as_tar, who
from tests.unit.plan.hosts import facts, told
from tests.unit.remote.fakes import FakeSession

POISON = b"hunter2"
FILES = {"Dockerfile": "FROM scratch\n", "deep/ü.txt": "ü\n"}
ENDED = {
    "state": "finished",
    "text": "",
    "offset": 0,
    "exit": {"code": 0, "result": {"image": "sha256:x", "release": 4}},
}


@pytest.fixture
def session() -> FakeSession:
    return FakeSession([{"job": "k", "state": "started"}, ENDED])


@pytest.fixture
def checked() -> FakeSession:
    """A session on which a check comes first."""
    return FakeSession([{}, {"job": "k", "state": "started"}, ENDED])


def test_facts_are_one_question(session: FakeSession) -> None:
    session.replies = [told(arch="arm64")]
    assert Remote(session).facts() == facts(arch="arm64")
    assert session.verbs == ["facts"]


def test_a_build_puts_its_context_and_secrets_and_names_both_in_its_wish(checked: FakeSession) -> None:
    assert Remote(checked).build({"name": "engine"}, FILES, {"pip_index": POISON}, Owner("p", "s"), print) == "sha256:x"
    (secret, secret_mode), (context, context_mode) = checked.files.values()
    upload = checked.payloads[1]["plan"]["upload"]
    assert list(checked.files) == [f"{HOME}/secrets/build-{upload}/pip_index", f"{HOME}/uploads/{upload}"]
    assert ((secret, secret_mode), (context, context_mode)) == ((POISON, 0o400), (as_tar(FILES), 0o600))
    assert checked.payloads[1]["plan"] == {"name": "engine", "upload": upload, "secrets": ["pip_index"]}


def test_a_deploy_puts_its_secrets_where_only_the_service_sees_them(session: FakeSession) -> None:
    wanted = {"service": {"host": "trial"}, "secrets": {"api-key": "v7"}}
    assert Remote(session).deploy(wanted, {"api-key": POISON}, Owner("ocr", "trial"), print)["release"] == 4
    assert session.files == {f"{HOME}/secrets/v7/api-key": (POISON, 0o444)}
    assert session.payloads[0] == {
        "host": "trial",
        "wanted": wanted,
        "owner": {"project": "ocr", "stack": "trial"},
        "who": who(),
    }


@pytest.mark.parametrize("verb", ["stop", "start"])
def test_what_takes_as_long_as_a_model_loads_is_followed_and_not_waited_for(session: FakeSession, verb: str) -> None:
    assert getattr(Remote(session, wait=9), verb)(print)["release"] == 4
    assert session.verbs == [verb, "job"]
    assert session.payloads[0] == {"host": "trial", "who": who(), "wait": 9}


def test_no_secret_is_ever_a_word_of_a_command_or_of_its_input(session: FakeSession) -> None:
    wanted = {"service": {"host": "trial"}, "secrets": {"api-key": "v7"}}
    Remote(session).deploy(wanted, {"api-key": POISON}, Owner("ocr", "trial"), print)
    assert POISON.decode() not in json.dumps([session.commands, session.payloads])


@pytest.mark.parametrize("number", [None, 2])
def test_a_rollback_names_a_release_or_leaves_the_choice_to_the_host(session: FakeSession, number: int | None) -> None:
    Remote(session).rollback(number, print)
    assert session.payloads[0] == {"host": "trial", "to": number, "who": who()}


def test_a_page_may_take_as_long_as_it_was_given_and_a_little_more(session: FakeSession) -> None:
    session.replies = [{"status": 200}]
    Remote(session).ask("POST", "/v1/chat/completions", body={"x": 1}, seconds=90)
    assert session.silences == [120]
    assert session.payloads[0].items() >= {"method": "POST", "seconds": 90, "body": {"x": 1}}.items()


def test_a_short_verb_says_who_asks(session: FakeSession) -> None:
    session.replies = [{"text": "log"}]
    assert Remote(session).tell("logs", release=3, tail=5) == {"text": "log"}
    assert session.payloads == [{"host": "trial", "who": who(), "release": 3, "tail": 5}]


def test_the_same_files_are_the_same_bytes_in_any_order() -> None:
    assert as_tar(FILES) == as_tar(dict(reversed(FILES.items())))
    with tarfile.open(fileobj=io.BytesIO(as_tar(FILES))) as archive:
        members = archive.getmembers()
    assert [(member.name, member.mode, member.mtime, member.uid) for member in members] == [
        ("Dockerfile", 0o644, 0, 0),
        ("deep/ü.txt", 0o644, 0, 0),
    ]


def test_an_operator_without_a_name_is_still_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "")
    assert "@" in who()
    monkeypatch.setenv("LOGNAME", "ada")
    assert who().startswith("ada@")


def test_an_operators_patience_goes_with_every_change_and_with_no_look(session: FakeSession) -> None:
    session.replies = [{"was_pinned": None}, {"job": "k", "state": "started"}, ENDED, told()]
    remote = Remote(session, wait=90)
    remote.tell("unpin")
    remote.prune(3, None, print)
    remote.facts()
    assert [payload.get("wait") for payload in session.payloads] == [90, 90, POLL_SECONDS, None]
    assert session.silences[0] == 690


@pytest.mark.parametrize(("said", "wait"), [(None, 0), ("", 0), ("12.5", 12.5)])
def test_pulumi_hands_an_operators_patience_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str | None, wait: float
) -> None:
    monkeypatch.delenv(WAIT, raising=False)
    if said is not None:
        monkeypatch.setenv(WAIT, said)
    target = Target(name="trial", address="127.0.0.1", port=22, user="ocr", known_hosts=("x",))
    assert connect(Project(tmp_path), target)._wait == wait
    assert connect(Project(tmp_path), target, wait=3.0)._wait == 3
