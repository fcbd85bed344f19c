"""What an engine tells about its work: how much it has not answered yet, and whether anything gets done.

Done is what shows that a page was read, or is being read: text that was written, requests that ended well. A request
that was refused, that failed, or whose caller gave up ends too, also in an engine in which nothing works any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ocrfleet.agent.releases import Release
from ocrfleet.agent.site import Site

OK = 200
COUNTER = re.compile(r"^([\w:]+_total)(?:{([^}]*)})?\s+(\S+)", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
# Tokens of an answer, by all the names that engines have for them.
WRITTEN = re.compile(r"(?=.*token).*(?:generation|generated|completion|output|predicted)")
# The labels that say how a request ended, and what they say when it ended well; the lab's engine says `read`.
HOW, WELL = re.compile("outcome|reason|result|status|code"), {"read", "stop", "length", "repetition", "success", "ok"}
# The labels that say what was asked for, what of it is reading, and how an HTTP server says that it was answered.
WHERE, READING, ANSWERED = {"handler", "path"}, {"/v1/chat/completions", "/v1/completions"}, {"2xx", "200"}


@dataclass(frozen=True)
class Work:
    """Requests in flight: None where nobody is there, infinite where it is not told. What got done: None untold."""

    in_flight: float | None
    done: float | None = None


def measure_work(site: Site, release: Release) -> Work:
    """Ask a release's engine for its metrics."""
    engine = site.releases.wanted(release.release)["service"]["engine"]
    url = f"http://{release.address}:{engine['port']}/metrics"
    reply = site.world.ask("GET", url, body=None, headers={}, seconds=5)
    if reply.status == 0 and not reply.late:
        return Work(None)
    if reply.status != OK:
        return Work(float("inf"))
    text = reply.body.decode(errors="replace")
    names = "|".join(map(re.escape, engine["in_flight_metrics"]))
    in_flight = re.findall(rf"^(?:{names})(?:{{[^}}]*}})?\s+(\S+)", text, re.MULTILINE)
    # An engine that does not tell, or is too busy to, counts as busy; nobody knows whether it had anything to do.
    return Work(sum(map(float, in_flight)), _done(text)) if in_flight else Work(float("inf"))


def _done(text: str) -> float | None:
    counters = [(name, dict(LABEL.findall(labels)), float(value)) for name, labels, value in COUNTER.findall(text)]
    done = [value for name, labels, value in counters if _is_done(name, labels)]
    # A server's count of answers comes last: vLLM's has a 2xx for every caller who gave up, too.
    done = done or [value for name, labels, value in counters if _is_answered(name, labels)]
    return sum(done) if done else None


def _is_done(name: str, labels: dict[str, str]) -> bool:
    """Whether a counter counts text that was written, or requests that ended well."""
    if WRITTEN.match(name):
        return True
    ends = {value for label, value in labels.items() if HOW.search(label)}
    return "request" in name and not WHERE & labels.keys() and (ends <= WELL if ends else "success" in name)


def _is_answered(name: str, labels: dict[str, str]) -> bool:
    """Whether a counter counts the requests for a page that an HTTP server answered."""
    asked = {labels[label] for label in WHERE & labels.keys()}
    ends = {value for label, value in labels.items() if HOW.search(label)}
    return "request" in name and bool(asked & READING) and bool(ends & ANSWERED)
