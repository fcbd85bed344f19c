"""Verbs whose work is a job: it goes on when the operator is gone, and can be joined, followed and stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.audit import Change, witness
from ocrfleet.agent.build import Plan, build
from ocrfleet.agent.deploy import deploy, rollback
from ocrfleet.agent.errors import Busy, HostError, Restored, Unknown
from ocrfleet.agent.fetch import Fetch, fetch
from ocrfleet.agent.guard import make_current
from ocrfleet.agent.home import to_json
from ocrfleet.agent.jobs import Job, Jobs
from ocrfleet.agent.onoff import start, stop
from ocrfleet.agent.prune import Retention, prune
from ocrfleet.agent.restore import account, recover
from ocrfleet.agent.site import Payload, Site


def run_build(site: Site, payload: Payload) -> Payload:
    """Begin or join the build of an image."""
    plan = Plan.parse(payload["plan"])
    key = _key("build", payload["plan"], [plan.upload])
    job, log = Job(key, f"build {plan.name}", payload["who"]), site.home.job(key) / "log"
    work = partial(build, site, plan, who=job.who, log=log)
    return _begin(site, payload, job, lambda: witness(site, job.holder, work, alone=False))


def run_fetch(site: Site, payload: Payload) -> Payload:
    """Begin or join the fetch of a model; nothing waits for it, and it waits for no swap."""
    asked = Fetch.parse(payload["model"])
    key = _key("fetch", [asked.wish.hub, asked.wish.repo, asked.wish.revision], [])
    job = Job(key, f"fetch {asked.wish.repo}", payload["who"])
    work = partial(fetch, site, asked, who=job.who)
    return _begin(site, payload, job, lambda: witness(site, job.holder, work, alone=False))


def run_deploy(site: Site, payload: Payload) -> Payload:
    """Begin or join a deploy; the same wish against the same serving release is the same job."""
    wanted, state = payload["wanted"], site.state()
    key = _key("deploy", wanted, [state.serving, state.stopped])
    job = Job(key, "deploy", payload["who"])
    return _begin(site, payload, job, _locked(site, payload, job, lambda: deploy(site, wanted, payload["owner"])))


def run_rollback(site: Site, payload: Payload) -> Payload:
    """Begin or join a rollback."""
    number = payload.get("to")
    key = _key("rollback", number, [site.state().serving])
    job = Job(key, "rollback", payload["who"])
    return _begin(site, payload, job, _locked(site, payload, job, lambda: rollback(site, number)))


def run_prune(site: Site, payload: Payload) -> Payload:
    """Begin or join a prune."""
    wish = Retention(payload["keep"], payload.get("floor_gib"))

    def work() -> Payload:
        recover(site)
        return prune(site, payload["host"], wish)

    job = Job(_key("prune", [wish.keep, wish.floor_gib], [site.state().serving]), "prune", payload["who"])
    return _begin(site, payload, job, _locked(site, payload, job, work))


def run_stop(site: Site, payload: Payload) -> Payload:
    """Begin or join a stop on purpose; it lasts as long as the engine has to answer."""
    return _turn(site, payload, "stop", stop)


def run_start(site: Site, payload: Payload) -> Payload:
    """Begin or join a start; it lasts as long as the model loads."""
    return _turn(site, payload, "start", start)


def _turn(site: Site, payload: Payload, what: str, turn: Callable[[Site], Payload]) -> Payload:
    job = Job(_key(what, None, [site.state().serving]), what, payload["who"])
    return _begin(site, payload, job, _locked(site, payload, job, lambda: turn(site)))


def follow(site: Site, payload: Payload) -> Payload:
    """News of a job."""
    return Jobs(site.world, site.home).follow(payload["key"], offset=payload["offset"], wait=payload["wait"])


def list_jobs(site: Site, _: Payload) -> Payload:
    """Every job this host knows of, in the order in which they were begun, and whether it is at work."""
    jobs = Jobs(site.world, site.home)
    at_work = jobs.at_work()
    return {"jobs": [{**one, "at_work": one in at_work} for one in jobs.all()]}


def abort(site: Site, payload: Payload) -> Payload:
    """Ask the job at work to stop; it restores what it has to by itself."""
    job = Jobs(site.world, site.home).stop(payload.get("job"))
    if job is not None:
        serving = site.state().serving
        site.audit.write(Change("abort", payload["who"], serving, serving, f"asked {job['what']}", job=job["key"]))
    return {"job": job}


@contextmanager
def alone(site: Site, payload: Payload, about: Payload) -> Iterator[None]:
    """Hold the cutover lock for the block, with the patience the operator has."""
    wait, holder = payload.get("wait", 0.0), {**about, "who": payload.get("who", "")}
    with ExitStack() as held:
        try:
            held.enter_context(locks.hold(site.world, site.home.cutover_lock, holder, wait=wait, say=site.say))
        except Busy as busy:
            swap = site.journal.unfinished()
            if swap is None:
                raise
            raise Busy(f"{busy.failed}, at step {swap.step}", fix=busy.fix) from busy
        account(site)
        yield


def _locked(site: Site, payload: Payload, job: Job, work: Callable[[], Payload]) -> Callable[[], Payload]:
    def locked() -> Payload:
        with alone(site, payload, job.holder):
            make_current(site)
            return witness(site, job.holder, lambda: _stoppable(site, job, work))

    return locked


def _stoppable(site: Site, job: Job, work: Callable[[], Payload]) -> Payload:
    try:
        return work()
    except SystemExit as stop:
        raise _stopped(site, job, stop) from stop


def _stopped(site: Site, job: Job, stop: SystemExit) -> HostError:
    """What to raise for work that was asked to stop where no swap had to be undone."""
    if site.journal.unfinished() is None:
        return Restored(f"{job.what} was {stop}", changed="nothing that serves", fix="run this again")
    changed = "a swap was left half-way; the guard restores what served before"
    return Unknown(f"{job.what} was {stop}", changed=changed, fix="ocrfleet status HOST")


def _begin(site: Site, payload: Payload, job: Job, work: Callable[[], Payload]) -> Payload:
    def report(error: HostError) -> Payload:
        return error.as_json(serving=site.serving_sentence(), host=payload["host"])

    state = Jobs(site.world, site.home).begin(job, work, report)
    return {"job": job.key, "state": state}


def _key(verb: str, what: Any, against: list[Any]) -> str:
    return hashlib.sha256(to_json([verb, what, against])).hexdigest()[:16]
