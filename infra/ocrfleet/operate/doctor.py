"""Looks for what would make a deploy to a host fail."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ocrfleet.errors import BadTemplate, HostRefused, OcrfleetError, Refused
from ocrfleet.operate.deployment import image_of, owner_of
from ocrfleet.plan.facts import Facts
from ocrfleet.plan.finding import Finding
from ocrfleet.project import Project
from ocrfleet.remote import Remote
from ocrfleet.render import Rendered, render
from ocrfleet.secrets import kept_secrets
from ocrfleet.spec import HostSpec
from ocrfleet.spec.loader import read_keys

LEAST_DISK_GIB, MOST_SKEW_SECONDS = 5.0, 30.0


def examine(project: Project, host: HostSpec, remote: Remote) -> list[Finding]:
    """Look at the templates and the host; stop at what makes the rest unknowable.

    Raise where the host does not answer, shows another key or does not let us in: then nothing is known of it.
    """
    try:
        rendered = render(project, host)
    except BadTemplate as error:
        return [Finding("templates", good=False, detail=error.failed)]
    findings = [Finding("templates", good=True, detail="they render"), _secrets(project, host)]
    try:
        facts = remote.facts()
    except HostRefused as error:
        return [*findings, Finding("agent", good=False, detail=f"{error.failed}; next: {error.fix}")]
    return [
        *findings,
        Finding("ssh", good=True, detail=f"{host.ssh.user}@{host.ssh.address}"),
        *_host(host, facts),
        *_images(host, facts, rendered),
        _preflight(project, host, remote, rendered),
    ]


def _secrets(project: Project, host: HostSpec) -> Finding:
    """Whether the host's store has the secrets that its host file names; of Pulumi's own, only names are looked at."""
    try:
        kept = kept_secrets(project, host)
    except OcrfleetError as error:
        return Finding("secrets", good=False, detail=f"{error.failed}; next: {error.fix}")
    config = _keys(project.root / f"Pulumi.{host.name}.yaml").get("config") or {}
    there = {name for name in host.proxy.api_keys if (f"ocrfleet:{name}" in config if kept is None else name in kept)}
    missing = next((name for name in host.proxy.api_keys if name not in there), None)
    if missing is None:
        return Finding("secrets", good=True, detail=f"the {_store(host)} has them")
    pulumi, ours = f"pulumi config set --secret ocrfleet:{missing} -s {host.name}", f"secrets set {host.name} {missing}"
    tell = f"openssl rand -hex 32 | {pulumi if kept is None else f'ocrfleet {ours}'}"
    return Finding("secrets", good=False, detail=f"the {_store(host)} has no {missing}: {tell}")


def _store(host: HostSpec) -> str:
    return "stack" if host.secrets.store == "config" else f"store {host.secrets.store}"


def _preflight(project: Project, host: HostSpec, remote: Remote, rendered: Rendered) -> Finding:
    """What the host itself would refuse a deploy for: whose it is, its ports, names, networks."""
    try:
        remote.check(owner_of(project, host), rendered.service)
    except OcrfleetError as error:
        if error.code != Refused.code:
            raise
        return Finding("deploy", good=False, detail=f"{error.failed}; next: {error.fix}")
    return Finding("deploy", good=True, detail="the host would take it")


def _images(host: HostSpec, facts: Facts, rendered: Rendered) -> Iterator[Finding]:
    """Whether each image is there or can be built; without Docker nobody knows."""
    for context in (rendered.engine, rendered.proxy) if facts.docker is None else ():
        try:
            image = image_of(facts, host, context).image
        except HostRefused as error:
            yield Finding(f"{context.name} image", good=False, detail=f"{error.failed}; next: {error.fix}")
        else:
            yield Finding(f"{context.name} image", good=True, detail="there" if image else "to be built")


def _keys(path: Path) -> Mapping[Any, Any]:
    """What one of Pulumi's files says; nothing where there is none."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return read_keys(text, path.name)[0] if text.strip() else {}


def _host(host: HostSpec, facts: Facts) -> Iterator[Finding]:
    skew = facts.now - time.time()
    yield Finding("docker", good=facts.docker is None, detail=facts.docker or "it answers")
    yield Finding("arch", good=host.arch in {"any", facts.arch}, detail=facts.arch)
    yield Finding(
        "guard", good=facts.guard_alive, detail="alive" if facts.guard_alive else f"ocrfleet bootstrap {host.name}"
    )
    yield Finding("disk", good=facts.disk_free_gib >= LEAST_DISK_GIB, detail=f"{facts.disk_free_gib} GiB free")
    yield Finding("memory", good=True, detail=f"{facts.memory.free_gib} GiB {facts.memory.kind} memory free")
    yield Finding("clock", good=abs(skew) < MOST_SKEW_SECONDS, detail=f"{skew:+.1f} s from this machine's")
    yield Finding("drift", good=not facts.drift, detail="; ".join(facts.drift) or "none")
