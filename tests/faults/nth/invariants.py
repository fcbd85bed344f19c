"""What must be so on every host at rest: the invariants I1 to I9, as sentences that say what is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ocrfleet.agent import locks
from ocrfleet.agent.disk import ON_ITS_WAY
from ocrfleet.agent.proxy import HOLD
from ocrfleet.agent.releases import PRUNED
from tests.unit.agent.host import Host

OTHER_PROXY = "the proxy runs another configuration"
CANARIES = ("k" * 32, "n" * 32, "user:pass@index")


def broken(host: Host) -> list[str]:
    """Everything that must not be so once the guard has looked after a host."""
    return [*_at_rest(host), *_kept(host), *_alone(host), *_silent(host), *_closed(host), *_told(host), *_tidy(host)]


def _at_rest(host: Host) -> Iterator[str]:
    """I1, I2: one release serves, which passed its gate; where it was stopped on purpose or destroyed, none runs."""
    state = host.site.state()
    if state.serving is None or state.stopped:
        if host.engines() or host.serves() is not None:
            yield f"I1: nothing should serve, and {host.engines()} run"
    else:
        yield from (f"I1: {what}" for what in host.unrest() if what != OTHER_PROXY)
    if host.site.journal.unfinished() is not None:
        yield "I1: the swap is open"
    proved = {one.address for one in host.site.releases.all() if str(one.release) in host.outside.proved}
    yield from (f"I1: requests went to {address}" for address in {*host.world.pointed} - proved - {HOLD})


def _kept(host: Host) -> Iterator[str]:
    """I3: what serves and what a rollback would go back to are there whole."""
    serving = host.site.serving()
    previous = host.site.releases.previous(serving.release if serving else None)
    for one in filter(None, (serving, previous)):
        if one.image not in host.docker.images.values():
            yield f"I3: the image of release {one.release} is gone"
        if host.site.releases.known(one.release) is None or host.docker.named(one.container or "") is None:
            yield f"I3: release {one.release} cannot be started again"


def _alone(host: Host) -> Iterator[str]:
    """I4: every change was made under the lock, and the lock is free."""
    yield from (f"I4: changed without the lock: {what}" for what in host.world.unlocked)
    if not locks.is_free(host.home.cutover_lock):
        yield "I4: the lock is held"


def _silent(host: Host) -> Iterator[str]:
    """I6: no secret is anywhere but in its own file."""
    hidden = (host.home.root / "secrets", host.home.proxy / "keys")
    files = [path for path in host.home.root.rglob("*") if path.is_file() and not {*path.parents} & {*hidden}]
    said = {str(path): path.read_text(errors="replace") for path in files}
    said |= {"what was said": "\n".join(host.said), "what was called": "\n".join(host.world.calls)}
    for where, text in said.items():
        if any(canary in text for canary in CANARIES):
            yield f"I6: a secret is in {where}"


def _closed(host: Host) -> Iterator[str]:
    """I7: only the proxy listens."""
    yield from (
        f"I7: {box.name} listens" for box in host.docker.boxes.values() if box.ports and not box.name.endswith("-proxy")
    )


def _told(host: Host) -> Iterator[str]:
    """I8: what the host tells is what is found from outside."""
    told = host.ask("facts")["result"]
    running = None if told["stopped"] else (told["serving"] or {}).get("release")
    if running != host.serves():
        yield f"I8: the host tells that release {running} serves, and {host.serves()} answers"
    # A change of settings that was cut off is put right by the next `up`, and until then it is told of. Where the
    # service was stopped on purpose nobody is served by it, and a start makes the proxy what its release wants.
    is_on = host.site.serving() is not None and not told["stopped"]
    if is_on and OTHER_PROXY in host.unrest() and not told["drift"]:
        yield "I8: the proxy is not as it should be, and the host does not tell"


def _tidy(host: Host) -> Iterator[str]:
    """I9: every container of ours belongs to a release that is kept."""
    kept = {f"ocrfleet-lab-{one.release}" for one in host.site.releases.all() if one.state != PRUNED}
    found = {box.name for box in host.docker.boxes.values()}
    yield from (f"I9: nobody knows the container {name}" for name in found - {*kept, "ocrfleet-lab-proxy"})


def left_over(host: Host) -> list[str]:
    """I9: what a later prune leaves of files that were on their way when a process died."""
    found = _on_their_way(host)
    if not found:
        return []
    for path in found:
        os.utime(path, (0, 0))
    host.job("prune", keep=9)
    return [f"I9: {path.name} is left over" for path in _on_their_way(host)]


def _on_their_way(host: Host) -> list[Path]:
    return [path for path in host.home.root.rglob(".*") if ON_ITS_WAY.fullmatch(path.name)]
