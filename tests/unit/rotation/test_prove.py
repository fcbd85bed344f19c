"""A secret is used as its consumer uses it, and what comes of that is said with what is true then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ocrfleet.edge import WantedEdge
from ocrfleet.edge.credential import Credential, secret_name
from ocrfleet.errors import NotRestored, Restored, Unknown
from ocrfleet.rotation.patience import Patience
from ocrfleet.rotation.prove import Prover
from ocrfleet.secrets import Secret
from tests.unit.edge.wanted import wanted
from tests.unit.rotation.steps import Steps, Store

SHOWN = Credential("id.access", Secret("s"))
KEY = Secret("k" * 32)


@dataclass
class Names:
    """What public names answer, one status after the other; the last one stays."""

    statuses: list[int]
    edge: WantedEdge = field(default_factory=wanted)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    @property
    def prover(self) -> Prover:
        store = Store(Steps(lambda: None), {secret_name("page-worker"): SHOWN.kept()})
        remote: Any = None
        return Prover("lab", self.edge, store, remote, self.ask, Patience(self.slept.append, 4))

    def ask(self, name: str, path: str, headers: Mapping[str, str]) -> int:
        self.asked.append((name, path, dict(headers)))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == 0:
            raise Unknown(f"no answer from {name}", serving="not known", changed="nothing", fix="run it again")
        return status


def test_what_is_not_everywhere_at_once_is_waited_for() -> None:
    names = Names([403, 403, 200])
    assert names.prover.credential("page-worker", SHOWN, kept=False) == ("ocr.example.org",)
    assert names.slept == [1.0, 1.0]
    assert names.asked[0] == ("ocr.example.org", "/v1/models", SHOWN.headers)


@pytest.mark.parametrize("status", [200, 401, 404, 405, 429])
def test_whoever_answers_behind_access_was_reached(status: int) -> None:
    assert Names([status]).prover.credential("page-worker", SHOWN, kept=False)


@pytest.mark.parametrize("status", [403, 302, 502, 530])
@pytest.mark.parametrize(("kept", "error"), [(False, Restored), (True, NotRestored)])
def test_access_itself_and_nobody_behind_it_is_not(status: int, kept: bool, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"credential of page-worker.* not let in at ocr.example.org: {status}"):
        Names([status]).prover.credential("page-worker", SHOWN, kept=kept)


def test_a_name_without_an_answer_is_waited_for_and_says_nothing_of_an_old_credential() -> None:
    assert Names([0, 0, 200]).prover.credential("page-worker", SHOWN, kept=True)
    with pytest.raises(NotRestored, match=r"not let in at ocr\.example\.org: no answer"):
        Names([0]).prover.credential("page-worker", SHOWN, kept=True)
    with pytest.raises(Unknown, match="the credential of page-worker before could not be tried"):
        Names([0]).prover.refused("page-worker", SHOWN)


def test_an_old_credential_that_works_on_is_said_so() -> None:
    with pytest.raises(Unknown, match="the credential of page-worker before is still let in"):
        Names([200]).prover.refused("page-worker", SHOWN)
    Names([200, 403]).prover.refused("page-worker", SHOWN)


def test_a_key_is_shown_by_somebody_who_has_a_credential() -> None:
    names = Names([200])
    assert names.prover.key("api-key", "v2", KEY, kept=False) == ("ocr.example.org",)
    assert names.asked == [
        ("ocr.example.org", "/v1/models", {**SHOWN.headers, "Authorization": f"Bearer {KEY.reveal()}"})
    ]


def test_a_key_is_never_shown_to_what_is_not_our_proxy() -> None:
    doors = {
        "a.example.org": {"audience": ["page-worker"], "service": "http://127.0.0.1:11434", "paths": ["/v1/models"]},
        "ocr.example.org": {"audience": ["page-worker"]},
    }
    edge = {"zone": "example.org", "team": "example", "hostnames": doors}
    names = Names([200], wanted(edge, waived=True))
    assert names.prover.key("api-key", "v2", KEY, kept=False) == ("ocr.example.org",)
    assert [name for name, _, _ in names.asked] == ["ocr.example.org"]


@pytest.mark.parametrize("status", [502, 503, 403, 530])
@pytest.mark.parametrize("kept", [False, True])
def test_what_says_nothing_of_a_key_is_waited_for(status: int, kept: bool) -> None:
    names = Names([status, status, 200])
    assert names.prover.key("api-key", "v2", KEY, kept=kept)
    assert names.slept == [1.0, 1.0]
    Names([status, 401]).prover.key_refused("api-key", "v1", KEY)


@pytest.mark.parametrize("status", [502, 403, 0])
@pytest.mark.parametrize(("kept", "there"), [(False, "the store has the one before"), (True, "have the new key")])
def test_a_key_that_cannot_be_tried_is_said_so_with_what_store_and_host_have(
    status: int, kept: bool, there: str
) -> None:
    with pytest.raises(Unknown, match=r"the key api-key could not be tried at ocr\.example\.org: ") as failed:
        Names([status]).prover.key("api-key", "v2", KEY, kept=kept)
    assert there in failed.value.changed
    with pytest.raises(Unknown, match=r"the key api-key before could not be tried") as failed:
        Names([status]).prover.key_refused("api-key", "v1", KEY)
    assert failed.value.changed.startswith("store and host have the new key")


def test_a_key_that_is_refused_is_not_asked_for_again() -> None:
    names = Names([401, 200])
    with pytest.raises(Restored, match="the new key api-key was not let in"):
        names.prover.key("api-key", "v2", KEY, kept=False)
    assert names.slept == []


def test_an_old_key_that_works_on_is_said_so() -> None:
    with pytest.raises(Unknown, match="the key api-key before is still let in") as failed:
        Names([200]).prover.key_refused("api-key", "v1", KEY)
    assert failed.value.fix.startswith("pulumi up -s lab")
    Names([401]).prover.key_refused("api-key", "v1", KEY)
