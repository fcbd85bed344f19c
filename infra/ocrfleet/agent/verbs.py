"""What an operator can ask of the agent: one function per verb, JSON in, JSON out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.ask import ask
from ocrfleet.agent.build import Plan, build
from ocrfleet.agent.deploy import deploy, rollback, unpin
from ocrfleet.agent.destroy import destroy
from ocrfleet.agent.errors import HostError, Refused
from ocrfleet.agent.facts import facts
from ocrfleet.agent.guard import make_current, watch
from ocrfleet.agent.home import to_json
from ocrfleet.agent.jobs import Job, Jobs
from ocrfleet.agent.names import digest
from ocrfleet.agent.onoff import start, stop
from ocrfleet.agent.preflight import check_owner
from ocrfleet.agent.prune import prune
from ocrfleet.agent.restore import recover
from ocrfleet.agent.site import Site

Payload = dict[str, Any]


def run_build(site: Site, payload: Payload) -> Payload:
    """Begin or join the build of an image."""
    plan = Plan.parse(payload["plan"])
    key = _key("build", payload["plan"], [plan.upload])
    work = partial(build, site, plan, who=payload["who"], log=site.home.job(key) / "log")
    return _begin(site, payload, Job(key, f"build {plan.name}", payload["who"]), work)


def run_deploy(site: Site, payload: Payload) -> Payload:
    """Begin or join a deploy; the same wish against the same serving release is the same job."""
    wanted, state = payload["wanted"], site.state()
    key = _key("deploy", digest(wanted), [state.serving, state.stopped])
    job = Job(key, "deploy", payload["who"])
    return _begin(site, payload, job, _locked(site, payload, job, lambda: deploy(site, wanted, payload["owner"])))


def run_rollback(site: Site, payload: Payload) -> Payload:
    """Begin or join a rollback."""
    number = payload.get("to")
    key = _key("rollback", number, [site.state().serving])
    job = Job(key, "rollback", payload["who"])
    return _begin(site, payload, job, _locked(site, payload, job, lambda: rollback(site, number)))


def follow(site: Site, payload: Payload) -> Payload:
    """News of a job."""
    return Jobs(site.world, site.home).follow(payload["key"], offset=payload["offset"], wait=payload["wait"])


def list_releases(site: Site, _: Payload) -> Payload:
    """Every release, and which of them serves."""
    return {"releases": [asdict(one) for one in site.releases.all()], "serving": site.state().serving}


def manifest(site: Site, payload: Payload) -> Payload:
    """What a release runs."""
    return {"wanted": site.releases.wanted(payload["release"])}


def logs(site: Site, payload: Payload) -> Payload:
    """The last lines of a release's container, kept ones where the container is gone."""
    number = payload.get("release") or site.state().serving
    release = site.releases.get(number) if number is not None else None
    if release is None:
        raise Refused(f"there is no release {number} on this host", fix="ocrfleet releases HOST")
    if release.container and site.docker.container(release.container):
        return {"release": number, "text": site.docker.logs(release.container, payload["tail"])}
    kept = site.home.release(release.release) / "log"
    return {"release": number, "text": kept.read_text(encoding="utf-8") if kept.exists() else ""}


def _alone(work: Callable[[Site, Payload], Payload]) -> Callable[[Site, Payload], Payload]:
    """Run a short verb with the cutover lock held."""

    def locked(site: Site, payload: Payload) -> Payload:
        with _lock(site, payload, {"what": work.__name__.strip("_")}):
            return work(site, payload)

    return locked


@contextmanager
def _lock(site: Site, payload: Payload, about: Payload) -> Iterator[None]:
    wait, lock = payload.get("wait", 0.0), site.home.cutover_lock
    holder = locks.holder_of(lock) if wait else None
    if holder is not None:
        site.say(f"waiting up to {wait:.0f} s for another job: {locks.describe(holder)}")
    with locks.hold(site.world, lock, {**about, "who": payload.get("who", "")}, wait=wait):
        yield


def _locked(site: Site, payload: Payload, job: Job, work: Callable[[], Payload]) -> Callable[[], Payload]:
    def locked() -> Payload:
        with _lock(site, payload, {"what": job.what, "job": job.key}):
            make_current(site)
            return work()

    return locked


def _begin(site: Site, payload: Payload, job: Job, work: Callable[[], Payload]) -> Payload:
    def report(error: HostError) -> Payload:
        return error.as_json(serving=site.serving_sentence(), host=payload["host"])

    state = Jobs(site.world, site.home).begin(job, work, report)
    return {"job": job.key, "state": state}


def _key(verb: str, what: Any, against: list[Any]) -> str:
    return hashlib.sha256(to_json([verb, what, against])).hexdigest()[:16]


def _stop(site: Site, _: Payload) -> Payload:
    return stop(site)


def _start(site: Site, _: Payload) -> Payload:
    return start(site)


def _unpin(site: Site, _: Payload) -> Payload:
    return unpin(site)


def _prune(site: Site, payload: Payload) -> Payload:
    recover(site)
    return prune(site, keep=payload["keep"])


def _destroy(site: Site, payload: Payload) -> Payload:
    check_owner(site, payload["owner"])
    return destroy(site, host=payload["host"])


def _current(site: Site, _: Payload) -> Payload:
    return {"current": make_current(site)}


def _facts(site: Site, _: Payload) -> Payload:
    return facts(site)


def _guard(site: Site, payload: Payload) -> Payload:
    watch(site, payload.get("interval", 3.0))
    return {}


VERBS: dict[str, Callable[[Site, Payload], Payload]] = {
    "facts": _facts,
    "current": _alone(_current),
    "build": run_build,
    "deploy": run_deploy,
    "rollback": run_rollback,
    "unpin": _alone(_unpin),
    "job": follow,
    "releases": list_releases,
    "manifest": manifest,
    "logs": logs,
    "ask": ask,
    "prune": _alone(_prune),
    "stop": _alone(_stop),
    "start": _alone(_start),
    "destroy": _alone(_destroy),
    "guard": _guard,
}
