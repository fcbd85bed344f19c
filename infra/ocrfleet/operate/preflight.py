"""Asks a machine, before any long work, whether it can run what its host file says."""

from __future__ import annotations

import time

from ocrfleet.plan.finding import Finding
from ocrfleet.plan.needs import Needs
from ocrfleet.plan.preflight import judge
from ocrfleet.remote import Remote
from ocrfleet.spec import HostSpec


def preflight(host: HostSpec, remote: Remote) -> list[Finding]:
    """Return every finding; raise where the host does not answer, shows another key or does not let us in."""
    needs, facts = Needs.of(host), remote.facts()
    return judge(needs, remote.probe(needs.questions(facts)), facts, now=time.time())
