"""What every check looks at: the host over one SSH connection, and what its agent says."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from ocrfleet.commands.containers import HOME
from ocrfleet.spec import HostSpec

AGENT = f"{HOME}/agent/current"
Agent = Callable[..., dict[str, Any]]


@pytest.fixture
def agent(host: Host, spec: HostSpec) -> Agent:
    """Ask the host's agent; its secrets stay there."""

    def ask(verb: str, **payload: Any) -> dict[str, Any]:
        text = json.dumps({"host": spec.name, **payload})
        done = host.run("printf '%%s' %s | python3 -I %s %s", text, AGENT, verb)
        answer: dict[str, Any] = json.loads(done.stdout)
        assert "result" in answer, answer["error"]["failed"]
        result: dict[str, Any] = answer["result"]
        return result

    return ask


@pytest.fixture
def facts(agent: Agent) -> dict[str, Any]:
    """What the host tells about itself."""
    return agent("facts")


@pytest.fixture
def serving(facts: dict[str, Any]) -> dict[str, Any]:
    """The serving release."""
    assert facts["serving"] is not None, "nothing is serving"
    found: dict[str, Any] = facts["serving"]
    return found


@pytest.fixture
def engine(host: Host, serving: dict[str, Any]) -> dict[str, Any]:
    """The serving release's container, as Docker shows it."""
    done = host.run("docker container inspect %s", serving["container"])
    assert done.rc == 0, "the serving release's container was removed"
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found
