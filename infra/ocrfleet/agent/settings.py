"""Applies what needs no new engine: gate, cutover, retention, proxy and API keys. The release stays what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocrfleet.agent.errors import NotRestored, Restored
from ocrfleet.agent.names import digest, settings
from ocrfleet.agent.releases import Release
from ocrfleet.agent.repair import repair
from ocrfleet.agent.site import Site

APPLIED = "settings applied"


def applied(site: Site, number: int) -> dict[str, Any] | None:
    """What a release would run now, the host's keys included; None where its record is damaged."""
    known = site.releases.known(number)
    return {**known, "secrets": site.proxy.keys.versions(known)} if known else None


def settle(site: Site, serving: Release, wanted: Mapping[str, Any]) -> str:
    """Make everything around the right engine what is wanted; say what was done. Raises Restored or NotRestored."""
    there = applied(site, serving.release)
    is_rewritten = there is None or digest(there) != serving.digest
    if there is None or is_rewritten:
        site.say(f"writing down again what release {serving.release} runs")
        there = dict(wanted)
        _keep(site, serving, wanted)
    changed = [part for part, mark in settings(wanted).items() if settings(there)[part] != mark]
    if changed:
        site.say(f"applied without restart of the engine: {', '.join(changed)}")
        _change(site, serving, there, wanted)
    is_repaired = repair(site, serving) or is_rewritten
    return APPLIED if changed else "repaired" if is_repaired else "unchanged"


def inherit(site: Site, target: Release) -> None:
    """Let a release that comes back stand behind the proxy that is there; its engine and its gate are its own."""
    serving, own = site.serving(), site.releases.wanted(target.release)
    now = None if serving is None else site.releases.known(serving.release)
    if now is None or _reached(now) != _reached(own):
        return
    service = {**own["service"], **{name: now["service"][name] for name in ("proxy", "cutover", "keep")}}
    site.releases.save(target, {**own, "service": service, "proxy_image": now["proxy_image"]})


def _reached(wanted: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of an engine the proxy's configuration depends on."""
    service = wanted["service"]
    return service["engine"]["port"], service["gate"]["health"]["path"], service["subnet"]


def _change(site: Site, serving: Release, there: dict[str, Any], wanted: Mapping[str, Any]) -> None:
    """Apply; on any error put back what was there."""
    try:
        unanswered = _put(site, wanted)
    except BaseException as error:
        failed = f"the settings were not applied: {str(error) or type(error).__name__}"
        try:
            _put(site, there)
        except Exception as second:  # noqa: BLE001  whatever it is, the operator has to know both
            raise NotRestored(
                f"{failed}; those before could not be put back: {second}",
                changed="the proxy, by half; the engine was not touched",
                fix="correct what the message names, then pulumi up -s HOST",
            ) from error
        fix = "correct the host file, then run this again"
        raise Restored(failed, changed="nothing; the settings before are in place again", fix=fix) from error
    _keep(site, serving, wanted)
    if unanswered:
        site.say(f"the proxy was replaced: nobody answered for {unanswered:.1f} s")
        held = (serving.outage_seconds or 0.0) - (serving.proxy_seconds or 0.0)
        outage = round(held + unanswered, 2)
        site.releases.save(serving.but(outage_seconds=outage, proxy_seconds=unanswered))


def _put(site: Site, wanted: Mapping[str, Any]) -> float:
    site.proxy.keys.record(wanted["secrets"])
    return site.proxy.apply(dict(wanted))


def _keep(site: Site, serving: Release, wanted: Mapping[str, Any]) -> None:
    """Write down what the release runs under from now on."""
    site.proxy.keys.record(wanted["secrets"])
    site.releases.save(site.releases.need(serving.release), dict(wanted))
