"""Looks for what would make a deploy to a host fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ocrfleet.errors import BadTemplate, HostRefused
from ocrfleet.plan import Facts
from ocrfleet.project import Project
from ocrfleet.remote import Remote
from ocrfleet.render import render
from ocrfleet.spec import HostSpec

LEAST_DISK_GIB, MOST_SKEW_SECONDS = 5.0, 30.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: good or not, and what was seen."""

    what: str
    good: bool
    detail: str


def examine(project: Project, host: HostSpec, remote: Remote) -> list[Finding]:
    """Look at the templates and the host; stop at what makes the rest unknowable.

    Raise where the host does not answer, shows another key or does not let us in: then nothing is known of it.
    """
    try:
        render(project, host)
    except BadTemplate as error:
        return [Finding("templates", good=False, detail=error.failed)]
    findings = [Finding("templates", good=True, detail="they render")]
    try:
        facts = remote.facts()
    except HostRefused as error:
        return [*findings, Finding("agent", good=False, detail=f"{error.failed}; next: {error.fix}")]
    return [*findings, Finding("ssh", good=True, detail=f"{host.ssh.user}@{host.ssh.address}"), *_host(host, facts)]


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
