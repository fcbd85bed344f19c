"""Whether an image is on its host already, or must be built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ocrfleet.agent.names import base_ids, fingerprint, tag
from ocrfleet.plan.facts import Facts

FROM = re.compile(r"^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class ImagePlan:
    """The reference the image has on its host, and its id where it is there."""

    reference: str
    image: str | None


def plan_image(facts: Facts, *, host: str, name: str, context: str, bases: tuple[str, ...]) -> ImagePlan:
    """Look an image up by everything that decides what is in it; raises the agent's Refused for a missing base."""
    mark = fingerprint(context, base_ids(bases, dict(facts.images)), facts.arch)
    reference = tag(host, name, mark)
    return ImagePlan(reference, facts.images.get(reference))


def bases_of(files: Mapping[str, str]) -> tuple[str, ...]:
    """The images a Dockerfile starts from, its own stages left out."""
    steps = re.findall(
        r"^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", files["Dockerfile"], re.MULTILINE | re.IGNORECASE
    )
    stages = {stage for _, stage in steps}
    return tuple(sorted({base for base, _ in steps} - stages - {"scratch"}))
