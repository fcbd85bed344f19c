"""Asks a machine, before any long work, whether it can run what its host file says."""

from __future__ import annotations

import time

from ocrfleet.plan.finding import Finding
from ocrfleet.plan.needs import Needs
from ocrfleet.plan.preflight import judge
from ocrfleet.remote import Remote
from ocrfleet.spec import HostSpec

MOST_SECONDS = 10.0


def preflight(host: HostSpec, remote: Remote) -> list[Finding]:
    """Return every finding; raise where the host does not answer, shows another key or does not let us in."""
    needs, began = Needs.of(host), time.monotonic()
    found = judge(needs, remote.probe(needs.questions()), now=time.time())
    took = time.monotonic() - began
    return [*found, Finding("time", took <= MOST_SECONDS, f"{took:.1f} s, of {MOST_SECONDS:.0f} at most")]
