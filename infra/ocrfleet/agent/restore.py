"""Brings back what served before a swap that did not commit."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Protocol

from ocrfleet.agent import endings, engine
from ocrfleet.agent.audit import Change, tell
from ocrfleet.agent.drain import drain
from ocrfleet.agent.errors import CommandFailed, Damaged, GateFailed, HostError, NotRestored
from ocrfleet.agent.journal import COMMITTED, RESTORED, SWITCHED, Entry
from ocrfleet.agent.logs import keep_end
from ocrfleet.agent.proxy import HOLD
from ocrfleet.agent.releases import CANDIDATE, FAILED, GOOD, Release
from ocrfleet.agent.room import start
from ocrfleet.agent.site import Site

# Who it is that changes something because it has to, not because somebody asked.
OURSELVES = "ocrfleet"
ENDED = {COMMITTED: "recorded", RESTORED: "restored"}
STOP_SECONDS = 10.0


class Turn(Protocol):
    """A swap, as the job that makes it or as the journal knows it: from which release to which."""

    @property
    def to(self) -> int: ...
    @property
    def previous(self) -> int | None: ...
    def at(self, step: str) -> Entry:
        """The journal's record of a step of it."""


def recover(site: Site, *, wait: float | None = None) -> None:
    """Finish a swap whose process died, forwards or backwards. Call it with the cutover lock held.

    `wait` is how long the previous release may take to be healthy before requests go to it, and the other to answer.
    """
    last = site.journal.unfinished()
    if last is None:
        endings.settle(site)
        return
    _finish_or_restore(site, last, wait)
    account(site)


def _finish_or_restore(site: Site, last: Entry, wait: float | None) -> None:
    if is_committed(site, last.swap):
        finish(site, last)
        return
    site.say(f"a swap to release {last.to} ended at step {last.step}; restoring")
    try:
        ailment = restore(site, last, f"the job ended at step {last.step} without a result", wait=wait)
    except NotRestored as error:
        endings.settle(site, error.failed, NotRestored.code)
        raise
    if ailment:
        ill = f"release {last.previous} was started again, but: {ailment}"
        site.say(ill)
        endings.settle(site, f"release {last.to} did not take over; {ill}", NotRestored.code)


def account(site: Site) -> None:
    """Write down and tell how the last change ended where its job died first. Call it with the cutover lock held."""
    entries = site.journal.entries()
    last = entries[-1] if entries else None
    if last is not None and last.step not in ENDED:
        return
    if last is not None and not site.journal.is_told():
        before, after = (last.previous, last.to) if last.step == COMMITTED else (last.to, last.previous)
        tell(site, Change("recover", OURSELVES, before, after, ENDED[last.step], swap=last.swap))
    endings.settle(site)


def is_committed(site: Site, swap: str) -> bool:
    """Whether the state is the one this swap made: saving it is the commit, whatever happened to its record."""
    try:
        return site.state().swap == swap
    except HostError:
        return False


def finish(site: Site, swap: Turn) -> None:
    """Record that a swap has committed; what cannot be written now is left to the guard."""
    _record(site, swap.at(COMMITTED), state=GOOD)


def restore(site: Site, swap: Turn, reason: str, *, wait: float | None = None) -> str | None:
    """Put the candidate aside and make the previous release serve; return what ails it, None when it is healthy.

    Raises NotRestored when the host does not do what it is told; the swap stays open, and the guard tries again.
    """
    try:
        ailment = _put_back(site, swap, wait)
    except BaseException as error:
        raise NotRestored(
            f"release {swap.to} did not take over ({reason}); what served before could not be restored: {error}",
            serving="not known" if swap.previous is None else f"not known; it should be release {swap.previous}",
            changed="the swap was left half-way; the guard goes on trying to restore what served before",
            fix="ocrfleet status HOST",
        ) from error
    _record(site, swap.at(RESTORED), state=FAILED, reason=reason)
    keep_end(site, swap.to)
    return ailment


def _put_back(site: Site, swap: Turn, wait: float | None) -> str | None:
    previous = None if swap.previous is None else site.releases.need(swap.previous)
    _put_aside(site, swap, previous, wait)
    if previous is None:
        return None
    ailment = _revive(site, previous, wait)
    if ailment and not engine.is_running(site, previous):
        # A stop asked for earlier may have ended it while we looked.
        ailment = _revive(site, previous, wait)
    wanted = site.releases.known(previous.release)
    if wanted is not None:
        site.proxy.apply(wanted)
    site.proxy.point(previous.address)
    site.say(f"requests go to release {previous.release} again")
    return ailment


def _put_aside(site: Site, swap: Turn, previous: Release | None, wait: float | None) -> None:
    """Stop the candidate. Memory first: two engines may not fit beside each other."""
    candidate = site.releases.get(swap.to)
    had_requests = candidate is not None and _had_requests(site, swap, candidate)
    serves = previous if previous is not None and engine.is_running(site, previous) else None
    site.proxy.point(serves.address if serves else HOLD)
    if candidate is None:
        return
    if serves and had_requests:
        _let_answer(site, candidate, serves, wait)
    engine.stop(site, candidate, STOP_SECONDS)


def _had_requests(site: Site, swap: Turn, candidate: Release) -> bool:
    """Whether requests went to the candidate, now or before an earlier try to restore what served."""
    steps = {entry.step for entry in site.journal.entries() if entry.swap == swap.at(SWITCHED).swap}
    return site.proxy.upstream() == candidate.address or SWITCHED in steps


def _let_answer(site: Site, candidate: Release, previous: Release, wait: float | None) -> None:
    """Let the candidate answer what it was asked, as long as an old engine may, while the one before it serves."""
    wanted = site.releases.known(candidate.release)
    if wanted is None:
        return
    limit: float = wanted["service"]["cutover"]["drain_seconds"]
    site.say(f"release {previous.release} serves again; release {candidate.release} answers what it was asked")
    seconds = limit if wait is None else min(limit, wait)
    drain(site, candidate, seconds, lasts=lambda: _still_serves(site, previous))


def _still_serves(site: Site, release: Release) -> bool:
    # A Docker that does not answer for a moment has stopped nothing.
    with suppress(CommandFailed):
        return engine.is_running(site, release)
    return True


def _revive(site: Site, previous: Release, wait: float | None) -> str | None:
    """Make the previous release run, once there is memory for it; return what ails it."""
    try:
        previous = start(site, previous)
        site.gate.until_healthy(site.candidate(previous), wait)
    except (CommandFailed, GateFailed, Damaged) as error:
        return str(error)
    return None


def _record(site: Site, entry: Entry, **outcome: Any) -> None:
    """Write down how a swap ended. A full disk must not turn what went well into a failure."""
    try:
        release = site.releases.get(entry.to)
        if release is not None and release.state == CANDIDATE:
            site.releases.save(release.but(**outcome))
        site.journal.write(entry)
    except OSError as error:
        site.say(f"the end of the swap to release {entry.to} could not be recorded yet: {error}")
