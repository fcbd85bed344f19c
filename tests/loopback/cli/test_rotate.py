"""`ocrfleet rotate`: what makes no sense is refused before anything is asked; what was done is one line, or JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.errors import OcrfleetError, Refused, Restored
from ocrfleet.operate.rotating import Rotating
from ocrfleet.project import Project
from ocrfleet.rotation.outcome import ROTATED, WAITS, Lap, Outcome
from ocrfleet.rotation.sequence import each
from ocrfleet.secrets.version import salt_of, version_of
from tests.loopback.cli.terminal import Ocrfleet
from tests.loopback.secrets.fourstores import Stores, four_stores
from tests.unit.remote.fixtures import FakeAgent, Host
from tests.unit.spec.files import with_values

OLD, UNTIL = "o" * 40, 1_800_000_000.0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["api-key", "--overlap", "soon"], "--overlap soon is no time up to 30d"),
        (["api-key", "--overlap", "31d"], "--overlap 31d is no time up to 30d"),
        (["access", "--overlap", "59m"], "Cloudflare keeps the secret before for an hour at least, not 59m"),
        (["api-key", "--only", "other"], "there is no API key other (there: api-key)"),
        (["api-key", "--store", "env"], "the store env of lab cannot keep what a rotation makes"),
        (["api-key", "--store", "age"], "the stack reads the store config of lab: what only age has, a deploy undoes"),
    ],
)
def test_what_makes_no_sense_is_refused(ocrfleet: Ocrfleet, project: Project, words: list[str], why: str) -> None:
    age = {"store": "config", "age": {"recipients": [f"age1{'q' * 58}"]}}
    (project.hosts / "lab.yaml").write_text(with_values({"secrets": age}), encoding="utf-8")
    ran = ocrfleet("rotate", "lab", *words)
    assert (ran.code, ran.out) == (10, "")
    assert f"failed:  {why}" in ran.err
    assert "changed: nothing" in ran.err


def test_a_host_that_is_not_public_has_no_credentials(ocrfleet: Ocrfleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    for kind in ("access", "tunnel"):
        ran = ocrfleet("rotate", "lab", kind)
        assert ran.code == 10
        assert "lab is not public" in ran.err


class Keeper:
    """A host's agent as far as it knows of keys."""

    def __init__(self, version: str) -> None:
        self.version, self.asked = version, list[tuple[str, Any]]()

    def answers(self) -> dict[str, Any]:
        return {"keys": self._keys, "admit": self._note, "promote": self._promote, "ask": lambda _: {"status": 200}}

    def _keys(self, _: Any) -> Any:
        return {"now": 0.0, "keys": {"api-key": {"version": self.version, "beside": None, "until": None}}}

    def _note(self, payload: Any) -> Any:
        self.asked.append((payload["what"], payload["overlap"]))
        return {}

    def _promote(self, payload: Any) -> Any:
        self.asked.append((payload["what"], payload["overlap"]))
        return {"until": UNTIL}


@pytest.fixture
def stores(project: Project, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The host's stores, with its key in the one that is Pulumi's."""
    host.file("/var/lib/ocrfleet/secrets").mkdir()
    text = (project.hosts / "lab.yaml").read_text(encoding="utf-8")
    with four_stores(project, tmp_path, monkeypatch) as stores:
        (project.hosts / "lab.yaml").write_text(text, encoding="utf-8")
        stores.plant("config", OLD)
        yield stores


@pytest.mark.parametrize(("word", "seconds"), [("--overlap=2h", 7200.0), ("--emergency", 0.0)])
def test_a_rotated_key_is_one_line_and_the_value_is_in_the_store_only(
    ocrfleet: Ocrfleet, agent: FakeAgent, stores: Stores, word: str, seconds: float
) -> None:
    name = (stores.project.root / "Pulumi.yaml").read_text(encoding="utf-8").splitlines()[0].removeprefix("name: ")
    keeper = Keeper(version_of(OLD, salt_of(name, "lab", "api-key")))
    agent.verbs.update(keeper.answers())
    if word == "--emergency":
        agent.verbs["ask"] = lambda payload: {"status": 401 if payload["key"]["version"] == keeper.version else 200}
    ran = ocrfleet("rotate", "lab", "api-key", word)
    assert ran.code == 0, ran.err
    before = "; the one before is good until 2027-01-15T08:00:00+00:00" if seconds else ""
    assert ran.out == f"api-key api-key: rotated{before}; let in at lab itself\n"
    assert keeper.asked == [("rotate api-key", seconds)] * 2
    kept = json.loads((stores.folder / "kept.json").read_text(encoding="utf-8"))["ocrfleet:api-key"]["value"]
    assert kept != OLD
    assert len(kept) == 64
    assert kept not in ran.out + ran.err + (stores.folder / "asked").read_text(encoding="utf-8")


def test_programs_read_the_same_as_json(ocrfleet: Ocrfleet, agent: FakeAgent, stores: Stores) -> None:
    name = (stores.project.root / "Pulumi.yaml").read_text(encoding="utf-8").splitlines()[0].removeprefix("name: ")
    agent.verbs.update(Keeper(version_of(OLD, salt_of(name, "lab", "api-key"))).answers())
    assert ocrfleet("rotate", "lab", "api-key", "--json").json == [
        {
            "kind": "api-key",
            "name": "api-key",
            "outcome": "rotated",
            "previous_good_until": "2027-01-15T08:00:00+00:00",
            "proved": ["lab itself"],
        }
    ]


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_what_was_done_before_a_refusal_is_shown_and_said_to_be_changed(
    ocrfleet: Ocrfleet, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses() -> Outcome:
        raise Refused("lab asks for no key two", fix="ocrfleet deploy lab")

    def outcomes(self: Rotating, lap: Lap, _: str | None) -> Any:
        return each([lambda: Outcome("api-key", "one", ROTATED), refuses], lap)

    monkeypatch.setattr(Rotating, "keys", outcomes)
    ran = ocrfleet("rotate", "lab", "api-key", *words)
    assert ran.code == 40
    assert "failed:  lab asks for no key two" in ran.err
    assert "changed: api-key one: rotated" in ran.err
    assert "next:    ocrfleet deploy lab" in ran.err
    assert [one["name"] for one in ran.json] == ["one"] if words else ran.out == "api-key one: rotated\n"


@pytest.mark.parametrize("error", [Refused("no", fix="f"), Restored("no", serving="s", changed="c", fix="f")])
def test_an_error_with_nothing_changed_before_it_is_what_it_was(
    ocrfleet: Ocrfleet, error: OcrfleetError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outcomes(self: Rotating, *_: Any) -> Any:
        yield Outcome("api-key", "one", WAITS)
        raise error

    monkeypatch.setattr(Rotating, "keys", outcomes)
    ran = ocrfleet("rotate", "lab", "api-key", "--json")
    assert (ran.code, [one["outcome"] for one in ran.json]) == (error.code, [WAITS])


def test_a_host_file_with_an_edge_is_asked_for_a_token_of_the_api(
    ocrfleet: Ocrfleet, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = {"zone": "example.org", "team": "example", "hostnames": {"a.example.org": {"audience": ["app"]}}}
    (project.hosts / "lab.yaml").write_text(with_values({"edge": edge}), encoding="utf-8")
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    ran = ocrfleet("rotate", "lab", "access")
    assert ran.code == 10
    assert "CLOUDFLARE_API_TOKEN is not set" in ran.err


def test_a_credential_is_not_replaced_by_chance(ocrfleet: Ocrfleet, project: Project) -> None:
    edge = {"zone": "example.org", "team": "example", "hostnames": {"a.example.org": {"audience": ["app"]}}}
    (project.hosts / "lab.yaml").write_text(with_values({"edge": edge}), encoding="utf-8")
    ran = ocrfleet("secrets", "rotate", "lab", "access-app")
    assert ran.code == 10
    assert "next:    ocrfleet rotate lab access --only app" in ran.err
