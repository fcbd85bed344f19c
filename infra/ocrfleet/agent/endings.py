"""Sees to it that a hook hears how a change ended, whatever ended it.

Who took the host out of rotation at `pre-deploy` waits for it. So what is still to be told is on the disk from before
the first hook is called: where the job dies, whoever finishes its work tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ocrfleet.agent import hooks
from ocrfleet.agent.errors import HostError, Refused, Restored, Unknown
from ocrfleet.agent.home import read_json, to_json
from ocrfleet.agent.site import Site
from ocrfleet.agent.untouched import untouched


def ask(site: Site, change: dict[str, Any]) -> None:
    """Ask `pre-deploy`, to whom the end is owed from then on; raise Refused where it does not agree."""
    owe(site, change, then=hooks.POST_DEPLOY, asked=hooks.is_there(site, hooks.PRE_DEPLOY))
    try:
        hooks.ask(site, change)
    except Refused:
        _forget(site)
        raise


def owe(site: Site, change: dict[str, Any], *, then: str, asked: bool = False) -> None:
    """Remember what is to be told of a change, and to which hook where it succeeds; `asked`: it was agreed to."""
    with untouched():
        facts = {**hooks.holder(site), **change}
        site.world.save(site.home.owed, to_json({"then": then, "asked": asked, "facts": facts}))


@contextmanager
def hearing(site: Site, change: dict[str, Any]) -> Iterator[None]:
    """Let `on-failure` hear of whatever ends the block; a refusal is told only to who agreed before.

    What fails once the release serves leaves it serving, and that is told.
    """
    try:
        yield
    except BaseException as error:
        owed = _owed(site)
        # Who asked us to end is not obeyed twice: what was announced is told.
        site.world.deafen()
        if not isinstance(error, Refused) or owed.get("asked"):
            _tell_end(site, owed or {"facts": {**change, "to": None}}, _failure(site, error))
        _forget(site)
        raise


def tell(site: Site, name: str, change: dict[str, Any]) -> None:
    """Tell a hook that a change succeeded."""
    hooks.tell(site, name, change)
    _forget(site)


def settle(site: Site, failed: str | None = None, code: int = Restored.code) -> None:
    """Tell how a change ended whose job died before it did; `failed` says why, where that is known here."""
    owed = _owed(site)
    if not owed:
        return
    _tell_end(site, owed, {"code": code, "failed": failed or _reason(site, owed["facts"]["to"])})
    _forget(site)


def _tell_end(site: Site, owed: dict[str, Any], failure: dict[str, Any]) -> None:
    """Tell of a change by what serves now: its release, or with the failure that it does not."""
    facts = owed["facts"]
    if _took_over(site, facts["to"]):
        hooks.tell(site, owed["then"], facts)
    else:
        hooks.tell(site, hooks.ON_FAILURE, {**facts, **failure})


def _owed(site: Site) -> dict[str, Any]:
    return read_json(site.home.owed) or {}


def _forget(site: Site) -> None:
    """What was told is owed no more; where that cannot be written, it is told once more."""
    if site.home.owed.exists():
        with suppress(OSError):
            site.world.disk.remove(site.home.owed)
            site.world.disk.sync_folder(site.home.root)


def _failure(site: Site, error: BaseException) -> dict[str, Any]:
    """What is told of an error, as the operator gets it: its code, its words, the release where it names one."""
    if isinstance(error, HostError):
        return {"code": error.code, "failed": error.failed, **({"to": error.release} if error.release else {})}
    if isinstance(error, SystemExit):
        return {"code": Restored.code, "failed": f"{hooks.holder(site)['what']} was {error}"}
    return {"code": Unknown.code, "failed": str(error) or type(error).__name__}


def _took_over(site: Site, release: int | None) -> bool:
    with suppress(HostError):
        state = site.state()
        return release is not None and state.serving == release and not state.stopped
    return False


def _reason(site: Site, number: int) -> str:
    """Why a release did not take over, as its record has it."""
    release = site.releases.get(number)
    reason = release.reason if release is not None else None
    return f"release {number} did not take over: {reason or 'its job ended without a result'}"
