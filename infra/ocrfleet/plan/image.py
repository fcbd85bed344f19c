"""Whether an image is on its host already, or must be built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ocrfleet.agent.errors import HostError
from ocrfleet.agent.names import base_ids, fingerprint, tag
from ocrfleet.errors import HostRefused
from ocrfleet.plan.facts import Facts

CONTINUED = re.compile(r"\\[ \t]*\n")
FROM = re.compile(r"^[ \t]*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class ImagePlan:
    """The reference the image has on its host, and its id where it is there."""

    reference: str
    image: str | None


def plan_image(facts: Facts, *, host: str, name: str, context: str, bases: tuple[str, ...]) -> ImagePlan:
    """Look an image up by everything that decides what is in it; raise HostRefused where that cannot be known."""
    if facts.docker is not None:
        fix = "make `docker info` work for the deploy user on the host"
        raise HostRefused(facts.docker, serving="not known", fix=fix)
    try:
        known = base_ids(bases, dict(facts.images))
    except HostError as error:
        raise HostRefused(error.failed, serving="as before", fix=error.fix.replace("HOST", host)) from None
    reference = tag(host, name, fingerprint(context, known, facts.arch))
    return ImagePlan(reference, facts.images.get(reference))


def bases_of(files: Mapping[str, str]) -> tuple[str, ...]:
    """The images a Dockerfile starts from, its own stages left out."""
    bases, stages = set(), {"scratch"}
    for base, stage in FROM.findall(CONTINUED.sub(" ", files["Dockerfile"])):
        if base.lower() not in stages:
            bases.add(base)
        stages.add(stage.lower())
    return tuple(sorted(bases))
