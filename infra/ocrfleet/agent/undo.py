"""Takes a swap back that did not go well, and says of it what failed, why, and what serves now."""

from __future__ import annotations

from contextlib import suppress

from ocrfleet.agent.diagnosis import Signature, diagnose
from ocrfleet.agent.errors import GateFailed, HostError, NotRestored, NotUp, Restored
from ocrfleet.agent.home import read_bytes
from ocrfleet.agent.restore import Turn, restore
from ocrfleet.agent.site import Site


def undo(site: Site, swap: Turn, error: BaseException) -> HostError:
    """Restore what served before; return what to raise. Raises NotRestored, see `restore`."""
    reason = str(error) or type(error).__name__
    site.say(f"release {swap.to} did not take over: {reason.splitlines()[0]}")
    try:
        ailment = restore(site, swap, reason)
    finally:
        _note_gate(site, swap, error)
    cause = _cause(site, swap, error)
    failed = f"release {swap.to} did not take over: {reason}"
    if cause:
        failed += f"\nthe cause, by its log: {cause.sentence}"
    if ailment:
        return _not_healthy(swap, failed, ailment)
    return _restored(site, swap, failed, cause)


def _not_healthy(swap: Turn, failed: str, ailment: str) -> NotRestored:
    known = diagnose(ailment)
    return NotRestored(
        f"{failed}\nrelease {swap.previous} was started again, but: {ailment}",
        serving=f"nothing: release {swap.previous} is not healthy",
        changed=f"requests go to release {swap.previous} again; the guard starts it whenever it ends",
        fix=f"{known.remedy}; then ocrfleet status HOST" if known else "ocrfleet status HOST",
    )


def _restored(site: Site, swap: Turn, failed: str, cause: Signature | None) -> Restored:
    kept = "the release that served before serves again" if swap.previous is not None else "nothing was serving before"
    if not _had_container(site, swap):
        changed = f"nothing that serves; {kept}, and release {swap.to} never had a container"
        return Restored(failed, changed=changed, fix=cause.remedy if cause else "ocrfleet doctor HOST")
    logs = f"ocrfleet logs HOST --release {swap.to}"
    return Restored(
        failed,
        changed=f"nothing that serves; {kept}, and release {swap.to} is kept, stopped, for its logs",
        fix=f"{cause.remedy}; the whole log: {logs}" if cause else logs,
    )


def _had_container(site: Site, swap: Turn) -> bool:
    """A record that cannot be read does not say otherwise."""
    with suppress(HostError):
        return site.releases.need(swap.to).container is not None
    return True


def _note_gate(site: Site, swap: Turn, error: BaseException) -> None:
    """Write what the gate measured into the record of the release that failed it."""
    if isinstance(error, GateFailed) and "passed" in error.measured:
        with suppress(Exception):
            gate = {**error.measured, "why": str(error)}
            site.releases.save(site.releases.need(swap.to).but(gate=gate))


def _cause(site: Site, swap: Turn, error: BaseException) -> Signature | None:
    """Name why the candidate did not come up, in its record too; the outcome stands, whatever this meets.

    The log of an engine that ran and answered wrongly holds no cause, only what looks like one.
    """
    if not isinstance(error, NotUp):
        return None
    cause = None
    with suppress(Exception):
        said = (read_bytes(site.home.release(swap.to) / "log") or b"").decode()
        cause = diagnose(f"{said}\n{error}")
        if cause:
            site.say(f"the cause: {cause}")
            site.releases.save(site.releases.need(swap.to).but(diagnosis=f"{cause.name}: {cause.sentence}"))
    return cause
