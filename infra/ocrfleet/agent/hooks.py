"""Calls programs of the host's owner around a change: executable files in `hooks/`, with the facts as JSON on stdin.

`pre-deploy` may refuse a deploy before anything is changed. The others are told how it went, and whatever they do
changes nothing about that. None of them holds our locks.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.errors import HostError, Refused
from ocrfleet.agent.site import Site
from ocrfleet.agent.world import TIMED_OUT, Done

PRE_DEPLOY, POST_DEPLOY, ON_FAILURE, ON_ROLLBACK = "pre-deploy", "post-deploy", "on-failure", "on-rollback"
HOOKS = (PRE_DEPLOY, POST_DEPLOY, ON_FAILURE, ON_ROLLBACK)
SECONDS, LAST_LINES = 60.0, 10


def ask(site: Site, change: dict[str, Any]) -> None:
    """Let `pre-deploy` look at a change that is to come; raise Refused when it fails or takes too long."""
    done = _run(site, PRE_DEPLOY, change)
    if done is not None and done.code:
        raise Refused(
            f"the hook pre-deploy {_ending(done)}",
            fix=f"see to what it says, or on the host: chmod -x {site.home.hook(PRE_DEPLOY)}",
        )


def tell(site: Site, name: str, change: dict[str, Any]) -> None:
    """Tell another hook what happened; that it fails is said and changes nothing."""
    try:
        done = _run(site, name, change)
    except OSError as error:
        site.say(f"the hook {name} could not be called: {error}")
        return
    if done is not None and done.code:
        site.say(f"the hook {name} {_ending(done)}")


def tell_failure(site: Site, error: HostError, change: dict[str, Any]) -> None:
    """Tell `on-failure` of an error after which something had to be restored."""
    if error.code > Refused.code:
        tell(site, ON_FAILURE, {**change, "to": error.release, "code": error.code, "failed": error.failed})


def _run(site: Site, name: str, change: dict[str, Any]) -> Done | None:
    """Run a hook to its end, with who changes what; None where there is no such hook."""
    program = site.home.hook(name)
    if not os.access(program, os.X_OK):
        return None
    holder = locks.holder_of(site.home.cutover_lock) or {}
    about = {key: holder.get(key) for key in ("what", "who", "job")}
    site.say(f"hook: {name}")
    facts = {"hook": name, "at": site.world.now(), **about, **change}
    return site.world.hook(program, json.dumps(facts).encode() + b"\n", seconds=SECONDS)


def _ending(done: Done) -> str:
    lines = done.out.strip().splitlines()[-LAST_LINES:]
    how = f"did not end within {SECONDS:.0f} s" if done.code == TIMED_OUT else f"ended with exit code {done.code}"
    return "\n".join([f"{how}; its last lines:", *lines]) if lines else how
