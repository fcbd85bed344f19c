"""What a deploy would do to a host, and what it would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Literal

from ocrfleet.agent.names import PROXY, digest, settings
from ocrfleet.agent.strategy import STOP_FIRST, choose
from ocrfleet.plan.facts import Facts
from ocrfleet.plan.outlook import Outlook

Action = Literal["none", "pinned", "stopped", "repair", "apply", "deploy"]


@dataclass(frozen=True)
class ServicePlan:
    """An action, its strategy, and one sentence each on why and what it costs.

    `outage_seconds` is how long callers are expected to wait while one engine follows another; None is not known.
    """

    action: Action
    strategy: str | None
    notes: tuple[str, ...]
    outage_seconds: float | None = 0.0

    @property
    def changes(self) -> bool:
        """Whether a deploy would do anything."""
        return self.action in {"repair", "apply", "deploy"}


def wanted_of(service: Mapping[str, Any], images: tuple[str, str], secrets: Mapping[str, str]) -> dict[str, Any]:
    """What a release is made of: engine and proxy image by id, secrets by name and version."""
    return {"service": dict(service), "image": images[0], "proxy_image": images[1], "secrets": dict(secrets)}


def plan_service(
    facts: Facts, wanted: Mapping[str, Any] | None, service: Mapping[str, Any], outlook: Outlook | None = None
) -> ServicePlan:
    """Compare; `wanted` is None while the engine is not built yet, which always means a deploy.

    The outlook tells the rest of a deploy; without it the action is the same.
    """
    if facts.pinned is not None:
        note = f"release {facts.pinned} is pinned by a rollback; left alone until: ocrfleet unpin {service['host']}"
        return ServicePlan("pinned", None, (note,))
    same = wanted is not None and facts.serving is not None and facts.serving["digest"] == digest(wanted)
    if same and facts.stopped:
        note = f"the service was stopped on purpose; left alone until: ocrfleet start {service['host']}"
        return ServicePlan("stopped", None, (note,))
    by_hand = tuple(f"changed by hand: {one}" for one in facts.drift)
    changed = _settings(facts, wanted) if wanted is not None and facts.settings else ()
    if same and changed:
        note = f"applied without restart of the engine: {', '.join(changed)}"
        return ServicePlan("apply", None, (note, *_proxy(facts, changed), *by_hand))
    if same:
        return ServicePlan("repair" if by_hand else "none", None, by_hand)
    deploy = _deploy(facts, service, changed, outlook)
    return replace(deploy, notes=(*deploy.notes, *(outlook.notes(builds=wanted is None) if outlook else ())))


def _settings(facts: Facts, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts that differ from what the host has."""
    return tuple(part for part, mark in settings(wanted).items() if facts.settings.get(part) != mark)


def _proxy(facts: Facts, changed: tuple[str, ...]) -> tuple[str, ...]:
    """What it costs to replace the proxy, where it must be."""
    if PROXY not in changed:
        return ()
    known = facts.proxy_outages
    seconds = f"about {median(known):.1f} s (median of the last {len(known)} here)" if known else "a few seconds"
    return (f"the proxy is replaced: expected outage: {seconds}, once it has answered what it was asked",)


def _deploy(facts: Facts, service: Mapping[str, Any], changed: tuple[str, ...], outlook: Outlook | None) -> ServicePlan:
    serving = facts.serving is not None and not facts.stopped
    peak = outlook.peak_gib if outlook else None
    choice = choose(dict(service), facts.memory, serving=serving, peak=peak)
    seconds, outage = _outage(facts, choice.strategy if serving else None, service)
    notes = (f"{choice.strategy}: {choice.why}", f"expected outage: {outage}")
    return ServicePlan("deploy", choice.strategy, (*notes, *(_proxy(facts, changed) if serving else ())), seconds)


def _outage(facts: Facts, strategy: str | None, service: Mapping[str, Any]) -> tuple[float | None, str]:
    """How long nobody will answer, and how that is known; without a strategy nothing serves that could be missed."""
    if strategy is None:
        return 0.0, "none; nothing is serving now"
    if strategy != STOP_FIRST:
        return 0.0, "none; the old release answers until the new one has passed its gate"
    if facts.outages:
        seconds = round(median(facts.outages), 2)
        return seconds, f"about {seconds:.0f} s (median of the last {len(facts.outages)} here)"
    if facts.ready:
        seconds = round(median(facts.ready) + service["gate"]["healthy_seconds"], 2)
        return seconds, f"at least {seconds:.0f} s, the time a release takes to get ready here and must then stay so"
    return None, "not known; no release has started on this host yet"
