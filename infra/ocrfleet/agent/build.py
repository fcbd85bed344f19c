"""Builds an image on the host, once per content."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.builder import find_builder
from ocrfleet.agent.diagnosis import diagnose
from ocrfleet.agent.docker import OURS, REFERENCE
from ocrfleet.agent.errors import Damaged, Restored
from ocrfleet.agent.names import base_ids, fingerprint, tag
from ocrfleet.agent.site import Site
from ocrfleet.agent.world import TIMED_OUT

LAST_LINES = 20


@dataclass(frozen=True)
class Plan:
    """What to build: a context that was uploaded, what it starts from, and for whom."""

    host: str
    name: str
    context: str
    upload: str
    bases: tuple[str, ...]
    arch: str
    secrets: tuple[str, ...]
    limit_seconds: float

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Plan:
        known = {name: payload[name] for name in cls.__dataclass_fields__}
        return cls(**{**known, "bases": tuple(known["bases"]), "secrets": tuple(known["secrets"])})

    @property
    def secret_version(self) -> str:
        return f"build-{self.upload}"


def reference(site: Site, plan: Plan) -> str:
    """The image's reference: the same inputs give the same one."""
    images = site.docker.images()
    return tag(plan.host, plan.name, fingerprint(plan.context, base_ids(plan.bases, images), plan.arch))


def build(site: Site, plan: Plan, *, who: str, log: Path) -> dict[str, Any]:
    """Build the image unless it is there; return its reference and id. `log` is where our output goes."""
    try:
        ref = reference(site, plan)
        lock = site.home.build_lock(ref.rpartition(":")[2])
        holder = {"what": f"build {plan.name}", "who": who}
        with locks.hold(site.world, lock, holder, wait=plan.limit_seconds, say=site.say):
            there = site.docker.images().get(ref)
            image = there or _build(site, plan, ref, log)
        return {"reference": ref, "image": image, "built": not there}
    finally:
        _clear(site, plan)


def _clear(site: Site, plan: Plan) -> None:
    """Remove what was sent, for good; what cannot be removed now is left for the next prune."""
    for path in (site.home.upload(plan.upload), site.home.secret(plan.secret_version, "x").parent):
        with suppress(OSError):
            site.world.disk.remove(path)
            site.world.disk.sync_folder(path.parent)


def _build(site: Site, plan: Plan, ref: str, log: Path) -> str:
    builder, context, secrets = find_builder(site.world), _checked(site, plan), _secrets(site, plan)
    site.say(f"building {ref}")
    argv = [
        *builder.words,
        "--progress=plain",
        f"--tag={ref}",
        f"--label={OURS}={plan.host}",
        f"--label={REFERENCE}={ref}",
        *secrets,
    ]
    try:
        code = site.world.stream([*argv, "-"], stdin=context, env=builder.env, seconds=plan.limit_seconds)
    except SystemExit as stop:
        raise Restored(
            f"the build of the image {plan.name} was {stop}",
            changed="nothing that serves",
            fix="run this again; finished steps are kept",
        ) from stop
    image = site.docker.images().get(ref) if code == 0 else None
    if image is None:
        why = f"no end after {plan.limit_seconds:.0f} s" if code == TIMED_OUT else f"exit code {code}"
        raise _failure(plan, why, _last_lines(log))
    return image


def _failure(plan: Plan, why: str, said: str) -> Restored:
    cause = diagnose(said)
    failed = f"the image {plan.name} did not build ({why}); the last lines:\n{said}"
    return Restored(
        f"{failed}\nthe cause, by its log: {cause.sentence}" if cause else failed,
        changed="nothing that serves",
        fix=f"{cause.remedy if cause else 'correct the Dockerfile or the network'}, then run this again; "
        "finished steps are kept",
    )


def _checked(site: Site, plan: Plan) -> Path:
    path = site.home.upload(plan.upload)
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != plan.upload:
        site.world.disk.remove(path)
        raise Damaged("the build context did not arrive as it was sent", fix="run this again")
    return path


def _secrets(site: Site, plan: Plan) -> list[str]:
    paths = {name: site.home.secret(plan.secret_version, name) for name in plan.secrets}
    for name, path in paths.items():
        if not path.exists():
            raise Damaged(f"the build secret {name} did not arrive", fix="run this again")
    return [f"--secret=id={name},src={path}" for name, path in paths.items()]


def _last_lines(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return "\n".join(text.rstrip().splitlines()[-LAST_LINES:])
