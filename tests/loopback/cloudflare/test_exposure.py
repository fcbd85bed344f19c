"""Edges that are made and taken away in any order their dependencies allow: no name is ever open to anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from lab.cloudflare.place import Place, place
from ocrfleet.edge import Door, WantedEdge
from ocrfleet.edge.declared import application, ingress, policy, record, token_name
from ocrfleet.edge.wanted import both
from tests.unit.edge.wanted import drawn

Step = tuple[str, str]
AN_ACCOUNT = 50


def waits_for(edge: WantedEdge) -> dict[Step, set[Step]]:
    """What each thing is made after, as the stack declares it; tests with the real engine hold the stack to it."""
    apps = {("app", door.hostname) for door in edge.doors}
    steps: dict[Step, set[Step]] = {("token", token): set() for token in edge.tokens}
    for door in edge.doors:
        steps["policy", door.hostname] = {("token", token) for consumer in door.audience for token in both(consumer)}
        steps["app", door.hostname] = {("policy", door.hostname)}
        steps["record", door.hostname] = {("config", ""), ("app", door.hostname)}
    return {**steps, ("tunnel", ""): apps, ("config", ""): {("tunnel", ""), *apps}}


def any_order(steps: Mapping[Step, set[Step]], random: Random) -> list[Step]:
    """One of the orders in which nothing comes before what it waits for."""
    done: list[Step] = []
    left = dict(steps)
    while left:
        ready = sorted(step for step, before in left.items() if before <= set(done))
        done.append(random.choice(ready))
        del left[done[-1]]
    return done


class Played:
    """An edge on an account, thing by thing."""

    def __init__(self, at: Place, edge: WantedEdge) -> None:
        self._at, self._edge = at, edge
        self._doors = {door.hostname: door for door in edge.doors}
        self._made: dict[Step, dict[str, Any]] = {}

    def make(self, step: Step) -> None:
        kind, name = step
        self._made[step] = makers[kind](self, self._doors.get(name), name)

    def unmake(self, step: Step) -> None:
        kind, its_id = step[0], self._made[step].get("id")
        if kind != "config":
            self._at.result("DELETE", f"{PATHS[kind]}/{its_id}")

    def token(self, door: Door | None, name: str) -> Any:
        return self._at.result("POST", PATHS["token"], {"name": token_name(self._edge, name)})

    def policy(self, door: Any, name: str) -> Any:
        tokens = {one: self._made["token", one]["id"] for consumer in door.audience for one in both(consumer)}
        return self._at.result("POST", PATHS["policy"], policy(self._edge, door, tokens))

    def app(self, door: Any, name: str) -> Any:
        return self._at.result("POST", PATHS["app"], application(self._edge, door, self._made["policy", name]["id"]))

    def tunnel(self, door: Door | None, name: str) -> Any:
        return self._at.result("POST", PATHS["tunnel"], {"name": self._edge.tunnel})

    def config(self, door: Door | None, name: str) -> Any:
        tags = {hostname: self._made["app", hostname]["aud"] for hostname in self._doors}
        path = f"{PATHS['tunnel']}/{self._made['tunnel', '']['id']}/configurations"
        return self._at.result("PUT", path, {"config": {"ingress": ingress(self._edge, tags)}})

    def record(self, door: Any, name: str) -> Any:
        return self._at.result("POST", PATHS["record"], record(door, self._made["tunnel", ""]["id"]))


makers: dict[str, Callable[[Played, Any, str], Any]] = {
    kind: getattr(Played, kind) for kind in ("token", "policy", "app", "tunnel", "config", "record")
}
PATHS = {
    "token": "{a}/access/service_tokens",
    "policy": "{a}/access/policies",
    "app": "{a}/access/apps",
    "tunnel": "{a}/cfd_tunnel",
    "record": "{z}/dns_records",
}


def play(edges: int, seed: int) -> None:
    """Make and take away so many edges, and look at the account after every call."""
    random = Random(seed)
    for _ in range(edges // AN_ACCOUNT):
        at = place()
        at.account.now = at.clock
        for _ in range(AN_ACCOUNT):
            edge = drawn(random)
            played, steps = Played(at, edge), waits_for(edge)
            for step in any_order(steps, random):
                played.make(step)
            reverse = {step: {other for other, before in steps.items() if step in before} for step in steps}
            for step in any_order(reverse, random):
                played.unmake(step)
            at.clock.forward(minutes=5)
        assert {seen.exposed for seen in at.api.seen} == {frozenset()}
        assert not at.account.records


def test_no_name_is_open_at_any_call() -> None:
    play(500, seed=18)


def test_an_order_without_its_dependencies_opens_a_name() -> None:
    """The check can fail: without what the stack declares, some order has a name that is open."""
    random, open_names = Random(19), 0
    for _ in range(50):
        at, edge = place(), drawn(random)
        played, steps = Played(at, edge), waits_for(edge)
        for step in any_order(steps, random):
            played.make(step)
        for step in steps:
            if step[0] == "app":
                played.unmake(step)
        open_names += bool(at.api.seen[-1].exposed)
    assert open_names == 50
