"""A model is fetched where it is not whole, once, and never taken from a host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.agent.hubs import COMMIT, HUB, REPO
from tests.unit.provider.fakes import FakeHost, ended
from tests.unit.provider.inputs import POISON, model
from tests.unit.provider.wire import Wire, failure

NAME = f"{REPO}@{COMMIT}"
GONE = "model.safetensors is gone"


def test_a_model_that_is_missing_is_fetched_and_its_progress_shown(wire: Wire, host: FakeHost) -> None:
    host.log = "3.2 GB of 6.7 GB (48%), 41.0 MB/s, 84 s left: model.safetensors\n"
    assert wire.create("Model", model()) == model()
    assert host.asked == ["facts", "check", "fetch", "job"]
    assert host.payloads["fetch"]["model"] == {"hub": HUB, "repo": REPO, "revision": COMMIT}
    assert wire.heard.statuses == [host.log.strip()]


def test_a_model_that_is_whole_costs_nothing_but_what_is_asked_anyway(wire: Wire, host: FakeHost) -> None:
    host.told["models"] = {NAME: None}
    wire.create("Model", model())
    assert list(wire.diff("Model", model(), model()).diffs) == []
    assert wire.read("Model", model(), model()).id
    assert host.asked == ["facts"]


def test_a_preview_says_what_is_to_be_fetched_and_fetches_nothing(wire: Wire, host: FakeHost) -> None:
    host.told["models"] = {NAME: GONE}
    assert list(wire.diff("Model", model(), model()).diffs) == ["revision"]
    assert wire.heard.notes == [f"the model is to be fetched: {GONE}"]
    wire.create("Model", model(), preview=True)
    assert host.asked == ["facts"]


def test_a_model_that_is_damaged_is_gone_for_the_state_and_fetched_anew(wire: Wire, host: FakeHost) -> None:
    host.told["models"] = {NAME: GONE}
    assert not wire.read("Model", model(), model()).id
    wire.update("Model", model(), model())
    assert "fetch" in host.asked


def test_another_commit_is_another_model(wire: Wire, host: FakeHost) -> None:
    host.told["models"] = {NAME: None}
    assert list(wire.diff("Model", model(revision="d" * 40), model()).diffs) == ["revision"]
    assert list(wire.diff("Model", model(), model(hub="https://mirror.test")).diffs) == []


def test_a_pinned_host_is_left_alone(wire: Wire, host: FakeHost) -> None:
    host.told["pinned"] = 3
    assert list(wire.diff("Model", model(), model(revision="d" * 40)).diffs) == []
    assert wire.update("Model", model(), model(revision="d" * 40)) == model()
    assert host.asked == ["facts"]


def test_the_token_reaches_the_host_as_a_file_and_nothing_else(wire: Wire, host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(POISON, encoding="utf-8")
    outputs = wire.create("Model", model(token={"path": str(tmp_path / "token")}))
    version = host.payloads["fetch"]["model"]["token"]
    assert [path for path in host.session.files if path.endswith(f"/secrets/{version}/hub-token")]
    assert POISON not in repr((outputs, host.payloads, host.session.commands, wire.heard))


def test_a_token_that_cannot_be_read_is_refused_before_anything_is_sent(wire: Wire, host: FakeHost) -> None:
    failed = failure(lambda: wire.create("Model", model(token={"path": "missing"})))
    assert failed.parts["next"] == "correct model.token in the host file"
    assert (host.asked, host.session.files) == (["facts"], {})


@pytest.mark.parametrize("code", [10, 20])
def test_a_fetch_that_fails_says_so_with_its_code(wire: Wire, host: FakeHost, code: int) -> None:
    host.wrong["job"] = ended(code, failed="the hub gives nothing any more")
    failed = failure(lambda: wire.create("Model", model()))
    assert failed.parts["failed"] == "the hub gives nothing any more"
    assert f"(ocrfleet exit code {code})" in failed.message


def test_what_is_deleted_stays_on_the_host(wire: Wire, host: FakeHost) -> None:
    wire.delete("Model", model())
    assert host.asked == []
    assert "the model's files stay on the host" in wire.heard.notes[0]
