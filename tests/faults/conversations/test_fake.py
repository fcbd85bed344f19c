"""The engine in this process answers as a real one did, and everything the agent says to Docker was asked of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conversations.engines import with_fake
from tests.faults.conversations.record import recorded
from tests.faults.conversations.talks import TALKS
from tests.faults.nth.proof import PROOF
from tests.faults.nth.scenarios import SCENARIOS

NOUNS = {"container", "image", "network", "system"}
# Caddy's own commands, and what the client answers without an engine; the tests on lab hosts see these at work.
ELSEWHERE = {"run", "exec", "buildx"}


def verb(call: str) -> str:
    words = call.split()[1:]
    return " ".join(words[:2]) if words[0] in NOUNS else words[0]


@pytest.mark.parametrize("name", TALKS)
def test_the_engine_of_the_tests_answers_as_a_real_one(name: str, tmp_path: Path) -> None:
    assert with_fake(TALKS[name], tmp_path) == recorded()[name]


def test_everything_the_agent_says_to_docker_is_in_a_talk() -> None:
    said = {call for one in SCENARIOS for call in PROOF.there(one.name).calls if call.startswith("docker ")}
    asked = {verb(line) for talk in TALKS.values() for line in talk if line.startswith("docker ")}
    assert {verb(call) for call in said} - ELSEWHERE <= asked
