"""What an operator can have done on this host: one function per verb, JSON in, JSON out."""

from __future__ import annotations

from ocrfleet.agent.acknowledged import acknowledge
from ocrfleet.agent.ask import ask
from ocrfleet.agent.audit import note, witness
from ocrfleet.agent.deploy import unpin
from ocrfleet.agent.destroy import destroy
from ocrfleet.agent.guard import make_current, watch
from ocrfleet.agent.outlook import outlook
from ocrfleet.agent.owner import check_owner
from ocrfleet.agent.preflight import check
from ocrfleet.agent.probes import probe
from ocrfleet.agent.prunable import prunable
from ocrfleet.agent.prune import Retention
from ocrfleet.agent.pulse import Limits
from ocrfleet.agent.rotate import admit, promote
from ocrfleet.agent.site import Payload, Site, Verb
from ocrfleet.agent.tasks import (
    abort,
    alone,
    follow,
    list_jobs,
    run_build,
    run_deploy,
    run_fetch,
    run_prune,
    run_rollback,
    run_start,
    run_stop,
)


def _alone(work: Verb) -> Verb:
    """Run a short verb with the cutover lock held."""

    def locked(site: Site, payload: Payload) -> Payload:
        about = {"what": payload.get("what") or work.__name__.strip("_"), "who": payload.get("who", "")}
        with alone(site, payload, about):
            return witness(site, about, lambda: work(site, payload))

    return locked


def _unpin(site: Site, _: Payload) -> Payload:
    return unpin(site)


def _prunable(site: Site, payload: Payload) -> Payload:
    return prunable(site, payload["host"], Retention(payload["keep"], payload.get("floor_gib")))


def _destroy(site: Site, payload: Payload) -> Payload:
    check_owner(site, payload["owner"])
    return destroy(site, host=payload["host"])


def _current(site: Site, _: Payload) -> Payload:
    return {"current": make_current(site)}


def _admit(site: Site, payload: Payload) -> Payload:
    """An older guard does not know that keys come to their end, so it must be ours from here on."""
    make_current(site)
    return admit(site, payload)


def _check(site: Site, payload: Payload) -> Payload:
    check(site, payload["service"], payload["owner"])
    return {}


def _outlook(site: Site, payload: Payload) -> Payload:
    return outlook(site, payload["service"], payload["owner"], payload["image"])


def _guard(site: Site, payload: Payload) -> Payload:
    watch(site, payload.get("interval", 3.0), Limits(**payload.get("limits", {})))
    return {}


VERBS: dict[str, Verb] = {
    "check": _check,
    "outlook": _outlook,
    "probe": probe,
    "current": _alone(_current),
    "build": run_build,
    "fetch": run_fetch,
    "deploy": run_deploy,
    "rollback": run_rollback,
    "unpin": _alone(_unpin),
    "job": follow,
    "jobs": list_jobs,
    "abort": abort,
    "ask": ask,
    "prune": run_prune,
    "prunable": _prunable,
    "stop": run_stop,
    "start": run_start,
    "destroy": _alone(_destroy),
    "admit": _alone(_admit),
    "promote": _alone(promote),
    "note": note,
    "acknowledge": acknowledge,
    "guard": _guard,
}
