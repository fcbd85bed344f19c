"""What every check looks at: the host over one SSH connection, and what its agent says."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from ocrfleet.commands.containers import HOME
from ocrfleet.spec import HostSpec

AGENT = f"{HOME}/agent/current"
# Makes a request of what a release is. A page may be larger than an argument of a command, so it stays on the host.
REQUEST = """\
import json, sys
page = json.load(sys.stdin)["result"]["wanted"]["service"]["gate"]["page"]
print(json.dumps({**json.loads(sys.argv[1]), "body": page["request"]}))"""
GET = "import sys, urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1], timeout=15).read().decode())"
Agent = Callable[..., dict[str, Any]]


@pytest.fixture
def agent(host: Host, spec: HostSpec) -> Agent:
    """Ask the host's agent; its secrets stay there."""

    def ask(verb: str, **payload: Any) -> dict[str, Any]:
        text = json.dumps({"host": spec.name, **payload})
        return result_of(host.run("printf '%%s' %s | python3 -I %s %s", text, AGENT, verb))

    return ask


@pytest.fixture
def page(agent: Agent, serving: dict[str, Any]) -> dict[str, Any]:
    """The golden page the serving release was let in with, and what it must give."""
    found: dict[str, Any] = agent("manifest", release=serving["release"])["wanted"]["service"]["gate"]["page"]
    return found


@pytest.fixture
def reading(host: Host, spec: HostSpec, serving: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
    """How the service answers when it is sent that page."""
    which = {"host": spec.name, "release": serving["release"]}
    return send_page(host, which, method="POST", path="/v1/chat/completions", seconds=page["seconds"])


def send_page(host: Host, which: dict[str, Any], agent: str = AGENT, **request: Any) -> dict[str, Any]:
    """Let the host send a release's golden page as its body."""
    about = json.dumps({"host": which["host"], **request})
    python = "python3 -I"
    line = f"printf '%%s' %s | {python} %s manifest | {python} -c %s %s | {python} %s ask"
    return result_of(host.run(line, json.dumps(which), agent, REQUEST, about, agent))


def result_of(done: Any) -> dict[str, Any]:
    """What the agent answered; an error of its is the check's."""
    answer: dict[str, Any] = json.loads(done.stdout)
    assert "result" in answer, answer["error"]["failed"]
    result: dict[str, Any] = answer["result"]
    return result


@pytest.fixture
def fetch(host: Host) -> Callable[[str], str]:
    """Let the host ask an address of its own."""

    def got(url: str) -> str:
        done = host.run("python3 -I -c %s %s", GET, url)
        assert done.rc == 0, f"{url}: {done.stderr.strip().splitlines()[-1]}"
        text: str = done.stdout
        return text

    return got


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
