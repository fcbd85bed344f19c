"""Looks after the public edge of a host: checks it before a deploy, takes over what is there, audits the account."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ocrfleet.cloudflare import Client, look, look_at_all
from ocrfleet.edge import WantedEdge, wanted_edge
from ocrfleet.edge.adopt import Adoption, import_file, plan_adoption
from ocrfleet.edge.audit import Opening, openings
from ocrfleet.edge.neighbours import neighbours
from ocrfleet.edge.preflight import judge_account
from ocrfleet.edge.state import StackEdge, stack_edge
from ocrfleet.errors import BadHostFile, Refused, Unknown
from ocrfleet.operate.pulumicli import exported, import_resources
from ocrfleet.plan.finding import Finding
from ocrfleet.project import Project
from ocrfleet.spec import HostSpec, host_names, load_host


def edge_of(host: HostSpec) -> WantedEdge:
    """The edge of a host; raise Refused for one that has none."""
    edge = wanted_edge(host)
    if edge is None:
        raise Refused(f"{host.name} is not public: its host file has no edge", fix="ocrfleet edge audit looks at all")
    return edge


def check(project: Project, host: HostSpec, client: Client) -> list[Finding]:
    """Ask the account whether it can take the edge of a host."""
    edge, state = edge_of(host), stack_edge(exported(project, host.name))
    seen = look(client, edge.zone)
    found = judge_account(edge, seen, now=datetime.now(UTC), written=state.written, ours=state.ours)
    return [neighbours(edge, _others(project, host.name)), *found]


def _others(project: Project, name: str) -> Iterator[WantedEdge]:
    """The edges of the project's other hosts; of a file that cannot be read, nothing can be said."""
    for other in host_names(project):
        with suppress(BadHostFile):
            edge = wanted_edge(load_host(project, other)) if other != name else None
            if edge:
                yield edge


def refuse_what_stands_in_the_way(project: Project, host: HostSpec, client: Client, *, take_over: bool) -> None:
    """Raise Refused before a deploy that would fail at Cloudflare, or undo there what somebody else did."""
    wrong = [one for one in check(project, host, client) if not one.good and not (take_over and one.what == "rules")]
    if wrong:
        lines = "\n".join(f"{one.what}: {one.detail}" for one in wrong)
        fix = f"do what stands there, then: ocrfleet deploy {host.name}"
        raise Refused(f"Cloudflare cannot take the edge of {host.name} as it is:\n{lines}", fix=fix)


def audit(client: Client) -> list[Opening]:
    """Every name anybody can reach; raise Refused where the token may not look."""
    accounts = look_at_all(client)
    missing = sorted({scope for seen in accounts for scope in seen.refused})
    if missing or not any(seen.zones for seen in accounts):
        why = ", ".join(missing) or "Zone Read"
        raise Refused(f"the token may not look at everything: it lacks {why}", fix="add these scopes, or less: Read")
    return [opening for seen in accounts for opening in openings(seen)]


def adoption(project: Project, host: HostSpec, client: Client) -> tuple[Adoption, StackEdge]:
    """Plan what the stack of a host takes over."""
    edge, state = edge_of(host), stack_edge(exported(project, host.name))
    return plan_adoption(edge, look(client, edge.zone), state.ours), state


def adopt(project: Project, host: HostSpec, plan: Adoption, state: StackEdge) -> None:
    """Import it; nothing changes at Cloudflare. Raise Unknown with what Pulumi says."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "import.json"
        file.write_text(json.dumps(import_file(edge_of(host), plan, state.component)), encoding="utf-8")
        problem = import_resources(project, host.name, file)
    if problem:
        raise Unknown(
            f"Pulumi did not take all of it over: {problem}",
            serving="as before; nothing was changed at Cloudflare",
            changed="perhaps the state of the stack",
            fix=f"ocrfleet edge adopt {host.name} --yes, which goes on with what is left",
        )
