"""Calls programs of the host's owner around a change: executable files in `hooks/`, with the facts as JSON on stdin.

`pre-deploy` may refuse a deploy before anything is changed. The others are told how it went, and whatever they do
changes nothing about that. None of them holds our locks.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Refused
from ocrfleet.agent.site import Site
from ocrfleet.agent.world import TIMED_OUT, Done

PRE_DEPLOY, POST_DEPLOY, ON_FAILURE, ON_ROLLBACK = "pre-deploy", "post-deploy", "on-failure", "on-rollback"
HOOKS = (PRE_DEPLOY, POST_DEPLOY, ON_FAILURE, ON_ROLLBACK)
SECONDS, LAST_LINES = 60.0, 10


def ask(site: Site, change: dict[str, Any]) -> None:
    """Let `pre-deploy` look at a change that is to come; raise Refused when it fails or takes too long."""
    try:
        done = _run(site, PRE_DEPLOY, change)
        why = _ending(done) if done is not None and done.code else None
    except OSError as error:
        why = f"could not be called: {error}"
    if why is not None:
        fix = f"see to what it says, or on the host: chmod -x {site.home.hook(PRE_DEPLOY)}"
        raise Refused(f"the hook pre-deploy {why}", fix=fix)


def tell(site: Site, name: str, change: dict[str, Any]) -> None:
    """Tell another hook what happened; that it fails is said and changes nothing."""
    try:
        done = _run(site, name, change)
    except OSError as error:
        site.say(f"the hook {name} could not be called: {error}")
        return
    if done is not None and done.code:
        site.say(f"the hook {name} {_ending(done)}")


def is_there(site: Site, name: str) -> bool:
    """Whether the host's owner has such a hook; a file that is not executable is none."""
    return os.access(site.home.hook(name), os.X_OK)


def holder(site: Site) -> dict[str, Any]:
    """Who changes what on this host now, and as which job."""
    about = locks.holder_of(site.home.cutover_lock) or {}
    return {key: about.get(key) for key in ("what", "who", "job")}


def _run(site: Site, name: str, change: dict[str, Any]) -> Done | None:
    """Run a hook to its end, with who changes what; None where there is no such hook."""
    if not is_there(site, name):
        return None
    site.say(f"hook: {name}")
    facts = {"hook": name, "at": site.world.now(), **holder(site), **change}
    return site.world.hook(site.home.hook(name), json.dumps(facts).encode() + b"\n", seconds=SECONDS)


def _ending(done: Done) -> str:
    lines = done.out.strip().splitlines()[-LAST_LINES:]
    how = f"did not end within {SECONDS:.0f} s" if done.code == TIMED_OUT else f"ended with exit code {done.code}"
    return "\n".join([f"{how}; its last lines:", *lines]) if lines else how
