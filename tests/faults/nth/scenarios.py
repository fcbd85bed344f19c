"""What is done to a host while the n-th call breaks: all that an operator can ask for, and what the guard does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ocrfleet.agent.errors import CommandFailed, HostError
from ocrfleet.agent.guard import look
from ocrfleet.agent.hooks import HOOKS
from ocrfleet.agent.names import HUB_TOKEN
from ocrfleet.agent.pages import LEAST_SECONDS
from ocrfleet.agent.pulse import Limits, attend
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.builds import plan, send
from tests.unit.agent.faults import Died
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import MODEL
from tests.unit.agent.stuck import WEDGED, guard
from tests.unit.agent.wanted import OWNER, START_FIRST, STOP_FIRST, wanted
from tests.unit.agent.weights import BYTES

Act = Callable[[Host], dict[str, Any]]


@dataclass(frozen=True)
class Scenario:
    """What was there before, what is done, and with which codes it ends when it is done again.

    `truth` is what answers once it has ended with a code; the codes that are left out say that it is not known.
    """

    name: str
    prepare: Callable[[Host], object]
    act: Act
    truth: Mapping[int, int | None] = field(default_factory=dict)
    ends: frozenset[int] = frozenset({0})
    is_swap: bool = False


def _two(host: Host) -> None:
    """Release 2 serves, release 1 is the one before it. Every hook is there."""
    host.hook(*HOOKS)
    host.deploy(wanted("one"))
    host.deploy(wanted("two"))


def _two_and(more: Callable[[Host], object]) -> Callable[[Host], None]:
    def prepare(host: Host) -> None:
        _two(host)
        more(host)

    return prepare


def _deploy(wish: dict[str, Any]) -> Act:
    return lambda host: host.job("deploy", wanted=wish, owner=OWNER)


def _third(strategy: str) -> dict[str, Any]:
    """The third release; the first one is pruned. With one strategy the proxy is told, with the other replaced."""
    run = [*wanted()["service"]["proxy"]["run"], "--new"]
    proxy = {"caddyfile": "http://:8080 # new\n"} if strategy == START_FIRST else {"run": run}
    changes = {f"proxy__{name}": value for name, value in proxy.items()}
    return wanted("three", cutover__strategy=strategy, keep=1, gate__health__seconds=2.0, **changes)


def _two_and_a_bad_third(host: Host) -> None:
    _two(host)
    host.image("three", Behaviour(text="lorem ipsum dolor"))


def _rotated(host: Host) -> None:
    _two(host)
    host.secret("api-key", "v2", "n" * 32)


def _settings() -> dict[str, Any]:
    return {**wanted("two", proxy__caddyfile="http://:8080 # new\n"), "secrets": {"api-key": "v2"}}


def _changed_by_hand(host: Host) -> None:
    _two(host)
    del host.docker.boxes[host.box(2).id]
    host.proxy.running = False
    (host.home.proxy / "Caddyfile").write_text("http://:8080 # by hand\n")


def _to_build(host: Host) -> None:
    _two(host)
    host.docker.images["debian:12"] = "sha256:debian"


def _build(host: Host) -> dict[str, Any]:
    """Send the context and the secret anew and build, as every `up` does; what is there is never built again."""

    def build(argv: list[str]) -> int:
        tag = next(word.removeprefix("--tag=") for word in argv if word.startswith("--tag="))
        assert tag not in host.docker.images, "I5: the same image is built a second time"
        host.docker.images[tag] = "sha256:built"
        return 0

    host.world.build = build
    send(host)
    return host.job("build", plan=vars(plan()))


def _gated(host: Host) -> None:
    """The hub shows the model to whoever has the token, and drops the first connection half-way."""
    _two(host)
    host.outside.hub.token, host.outside.hub.cuts = "n" * 32, {BYTES: [3000]}


def _fetch(host: Host) -> dict[str, Any]:
    """Send the token anew and fetch, as every `up` does that finds the model not whole."""
    host.secret(HUB_TOKEN, "build-model", "n" * 32)
    return host.job("fetch", model={**MODEL, "token": "build-model"})


def _three(host: Host) -> None:
    """Three releases, and an image of long ago whose deploy was refused."""
    _two(host)
    host.deploy(wanted("three"))
    host.docker.images["ocrfleet/lab-engine:0"] = "sha256:refused"


def _verb(name: str, **payload: Any) -> Act:
    """A verb that is no job."""

    def act(host: Host) -> dict[str, Any]:
        try:
            answer = host.ask(name, **payload)
        except (Died, SystemExit):
            return {"code": -1}
        return {"code": answer.get("error", {}).get("code", 0), **answer}

    return act


def _dead_swap(host: Host) -> None:
    """A swap whose process died while the new release was judged."""
    _two(host)
    host.world.break_on("POST /v1/chat", "die")
    _deploy(_third(STOP_FIRST))(host)
    host.crash()


def _look(host: Host) -> dict[str, Any]:
    with suppress(Died, SystemExit, HostError, CommandFailed, OSError):
        look(host.site, host.patience)
    return {"code": -1}


def _wedged(host: Host) -> None:
    _two(host)
    host.image("two", WEDGED)
    guard(host, 100)
    host.outside.wait(Limits.stuck)


def _attend(host: Host) -> dict[str, Any]:
    """A look that begins the golden page, and one that finds it not read."""
    with suppress(Died, SystemExit, HostError, CommandFailed, OSError):
        attend(host.site, host.pulse, host.running())
        host.outside.wait(LEAST_SECONDS)
        attend(host.site, host.pulse, host.running())
    return {"code": -1}


OLD, NEW = 2, 3
SWAP = {0: NEW, 10: OLD, 20: OLD}
STAYS = dict.fromkeys((0, 10, 20), OLD)
ANY = frozenset({-1})

SCENARIOS = [
    Scenario("first deploy", lambda _: None, _deploy(wanted("three")), {0: 1, 10: None, 20: None}),
    Scenario("start-first swap", _two, _deploy(_third(START_FIRST)), SWAP, is_swap=True),
    Scenario("stop-first swap", _two, _deploy(_third(STOP_FIRST)), SWAP, is_swap=True),
    Scenario("start-first failure", _two_and_a_bad_third, _deploy(_third(START_FIRST)), STAYS, frozenset({20})),
    Scenario("stop-first failure", _two_and_a_bad_third, _deploy(_third(STOP_FIRST)), STAYS, frozenset({20})),
    Scenario("rollback", _two, lambda host: host.job("rollback", to=1), {0: 1, 20: OLD}, frozenset({0, 10})),
    Scenario("settings", _rotated, _deploy(_settings()), STAYS),
    Scenario("repair", _changed_by_hand, _deploy(wanted("two")), {0: OLD}),
    Scenario("build", _to_build, _build, STAYS),
    Scenario("fetch", _gated, _fetch, STAYS),
    Scenario("prune", _three, lambda host: host.job("prune", keep=1), dict.fromkeys((0, 10, 20), NEW)),
    Scenario("stop", _two, lambda host: host.job("stop"), {0: None, 10: OLD}),
    Scenario("start", _two_and(lambda host: host.job("stop")), lambda host: host.job("start"), {0: OLD, 10: None}),
    Scenario("unpin", _two_and(lambda host: host.job("rollback", to=1)), _verb("unpin"), {0: 1, 10: 1}),
    Scenario("destroy", _two, _verb("destroy", owner=OWNER), {0: None}),
    Scenario("guard restores", _dead_swap, _look, ends=ANY),
    Scenario("guard starts", _two_and(Host.reboot), _look, ends=ANY),
    Scenario("guard restarts", _wedged, _attend, ends=ANY),
]
