"""What an operator does with a stack while the n-th call to the host, or write of the state, breaks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ocrfleet.errors import OcrfleetError, Refused
from ocrfleet.plan.texts import to_texts
from ocrfleet.provider.resource import Half, Values
from ocrfleet.provider.values import Secret
from ocrfleet.remote import Remote
from tests.faults.nth.invariants import broken, left_over
from tests.faults.nth.link import Link
from tests.faults.nth.portrait import portrait
from tests.faults.nth.stack import Stack
from tests.unit.agent.faults import Died
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import COMMIT, HUB, REPO
from tests.unit.agent.wanted import wanted
from tests.unit.agent.weights import BYTES

SSH = {"address": "192.0.2.1", "port": 22, "user": "ocr", "known_hosts": ["ssh-ed25519 AAAA"]}
PLACE = {"host": "lab", "ssh": SSH, "owner": {"project": "ocr", "stack": "lab"}, "needs": ""}
TOKEN = "n" * 32
KINDS = ("before", "after", "hang", "late", "die", "reboot")


def inputs(text: str, key: str, images: list[str]) -> list[tuple[str, str, Values]]:
    """The three resources of a stack; `text` is what its engine is built from."""
    image = {**PLACE, "arch": "any", "buildSecrets": {}, "limitSeconds": 4500, "copies": {}}
    engine = {**image, "name": "engine", "files": {"Dockerfile": f"FROM debian:12\nRUN {text}\n"}}
    proxy = {**image, "name": "proxy", "files": {"Dockerfile": "FROM debian:12\n"}}
    secrets = {"api-key": {"version": f"v-{key}", "value": Secret(key * 32)}}
    known = dict(zip(("image", "proxyImage"), images, strict=False))
    service = {**PLACE, **to_texts(wanted()["service"]), "secrets": secrets, **known}
    return [("Image", "engine", engine), ("Image", "proxy", proxy), ("Service", "service", service)]


def a_model(token: str, _: list[str]) -> list[tuple[str, str, Values]]:
    """The one resource of a stack that only fetches a model; `token` is the file with the hub's token."""
    return [("Model", "model", {**PLACE, "repo": REPO, "revision": COMMIT, "hub": HUB, "token": {"path": token}})]


@dataclass(frozen=True)
class Run:
    """What was there before, and what the operator does."""

    name: str
    prepare: Callable[[Stack], object]
    act: Callable[[Stack], object]


def _up(text: str, key: str) -> Callable[[Stack], object]:
    def up(stack: Stack) -> None:
        stack.wanted = partial(inputs, text, key)
        stack.up()

    return up


def _changed_by_hand(stack: Stack) -> None:
    _up("one", "k")(stack)
    stack.link.outside.docker.boxes.clear()


def _gated(stack: Stack) -> None:
    """The hub shows the model to whoever has the token, and drops the first connection half-way."""
    outside = stack.link.outside
    outside.hub.token, outside.hub.cuts = TOKEN, {BYTES: [3000]}
    _token_of(stack).write_text(TOKEN, encoding="ascii")


def _token_of(stack: Stack) -> Path:
    return stack.link.outside.home.with_suffix(".token")


def _fetches(stack: Stack) -> None:
    stack.wanted = partial(a_model, str(_token_of(stack)))
    stack.up()


def _deployed_twice(stack: Stack) -> None:
    _up("one", "k")(stack)
    _up("two", "k")(stack)


def _stopped(stack: Stack) -> None:
    _up("one", "k")(stack)
    stack.remote().stop(_listens)


def _on_host(act: Callable[[Remote], object]) -> Callable[[Stack], object]:
    """A command that asks for no state. What is so already is refused, and that is an end as good as any."""

    def run(stack: Stack) -> None:
        with suppress(Refused):
            act(stack.remote())

    return run


def _listens(_: str) -> None: ...


RUNS = [
    Run("up creates", lambda _: None, _up("one", "k")),
    Run("up deploys", _up("one", "k"), _up("two", "k")),
    Run("up applies", _up("one", "k"), _up("one", "n")),
    Run("up repairs", _changed_by_hand, _up("one", "k")),
    Run("up changes nothing", _up("one", "k"), _up("one", "k")),
    Run("up fetches", _gated, _fetches),
    Run("rollback by command", _deployed_twice, _on_host(lambda remote: remote.rollback(1, _listens))),
    Run("prune by command", _deployed_twice, _on_host(lambda remote: remote.prune(1, None, _listens))),
    Run("stop by command", _up("one", "k"), _on_host(lambda remote: remote.stop(_listens))),
    Run("start by command", _stopped, _on_host(lambda remote: remote.start(_listens))),
    Run("destroy the stack", _up("one", "k"), lambda stack: stack.destroy()),
]


class Side:
    """A stack before a run of the operator. From here each call is broken, and everything looked at afterwards."""

    def __init__(self, run: Run, root: Path) -> None:
        self._run, self._host = run, Host(root)
        self._host.docker.images = {"debian:12": "sha256:debian"}
        self._stack = self._connected({})
        run.prepare(self._stack)
        self._host.crash()
        self._before, self._state = self._host.photograph(), self._stack.state
        self._begin()
        run.act(self._stack)
        self.calls = tuple(self._stack.link.calls)
        self._host.guard(looks=1)
        self._end = portrait(self._host)

    def places(self, _: str) -> range:
        """The numbers of the calls that can be broken."""
        return range(1, len(self.calls) + 1)

    def breaks(self, kind: str, n: int) -> None:
        """Break the n-th call; the host comes to rest, and the same again ends as if nothing had been."""
        self._begin()
        link = self._stack.link
        if kind == "reboot":
            link.break_at(n, "before")
        else:
            link.break_at(n, kind)
        self._attempt()
        if kind == "reboot":
            self._host.reboot()
        self._rest()
        self._stack = self._connected(self._stack.state)
        self._run.act(self._stack)
        self._rest()
        now = portrait(self._host)
        assert now == self._end, f"I5: the same again ends in another state: {now}, not {self._end}"
        self._is_still()

    def _attempt(self) -> None:
        try:
            self._run.act(self._stack)
        except (OcrfleetError, Half, Died, OSError):
            return

    def _rest(self) -> None:
        """The host finishes what was begun, the guard looks after it, and everything is as it must be."""
        self._stack.link.catch_up()
        self._host.outside.wait(10)
        self._host.crash()
        self._host.guard(looks=2)
        wrong = [*broken(self._host), *left_over(self._host)]
        assert wrong == [], wrong

    def _is_still(self) -> None:
        """T3: what was just done is not done again."""
        if self._run.act is not RUNS[-1].act:
            self._stack = self._connected(self._stack.state)
            self._run.act(self._stack)
            assert self._stack.changed == [], f"I5: the same again changes {self._stack.changed}"

    def _begin(self) -> None:
        self._host.go_back(self._before)
        self._stack = self._connected(copy.deepcopy(self._state))

    def _connected(self, state: dict[str, object]) -> Stack:
        """A new process of the operator's, with what the state says."""
        host = self._host

        def build(argv: list[str]) -> int:
            tag = next(word.removeprefix("--tag=") for word in argv if word.startswith("--tag="))
            assert tag not in host.docker.images, "I5: the same image is built a second time"
            host.docker.images[tag] = f"sha256:{tag}"
            return 0

        host.world.later, host.world.build = [], build
        return Stack(Link(host), partial(inputs, "one", "k"), state)
