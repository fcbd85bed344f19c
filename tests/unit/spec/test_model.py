"""Weights come from a hub that is asked safely, with a token that stands in no host file."""

from typing import Any

import pytest

from tests.unit.spec.gpus import accepted, refused

HUBS = ["https://huggingface.co", "https://mirror.example.org:8443", "http://127.0.0.1:8081"]
NO_HUBS = ["http://huggingface.co", "https://user:pass@hub.test", "https://hub.test/path", "ftp://hub.test", "hub.test"]


@pytest.mark.parametrize("hub", HUBS)
def test_a_hub_is_an_https_server_or_the_machine_itself(hub: str) -> None:
    model = accepted({"model.hub": hub}).model
    assert model is not None
    assert model.hub == hub


@pytest.mark.parametrize("hub", NO_HUBS)
def test_a_hub_that_anybody_could_answer_for_is_refused(hub: str) -> None:
    assert any("model.hub: expected https://" in line for line in refused({"model.hub": hub}))


def test_a_token_is_named_by_where_it_is() -> None:
    model = accepted({"model.token": {"path": "~/.cache/huggingface/token"}}).model
    assert model is not None
    assert model.token is not None


@pytest.mark.parametrize("token", [{}, {"path": "a", "from_env": "HF_T"}])
def test_a_token_comes_from_one_place(token: dict[str, Any]) -> None:
    assert any("model.token: expected exactly one of" in line for line in refused({"model.token": token}))


def test_a_token_itself_is_refused_and_not_repeated() -> None:
    found = "\n".join(refused({"model.token": "hf_hunter2hunter2"}))
    assert "model.token" in found
    assert "hunter2" not in found
