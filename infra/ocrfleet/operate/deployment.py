"""What a deploy would do now, computed without Pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ocrfleet.plan.facts import Facts
from ocrfleet.plan.image import ImagePlan, bases_of, plan_image
from ocrfleet.plan.model import lacking
from ocrfleet.plan.outlook import Outlook
from ocrfleet.plan.service import ServicePlan, plan_service, wanted_of
from ocrfleet.plan.texts import differences, to_texts
from ocrfleet.plan.work import at_work
from ocrfleet.project import Owner, Project
from ocrfleet.remote import Remote
from ocrfleet.render import BuildContext, Rendered, render
from ocrfleet.spec import HostSpec
from ocrfleet.spec.loader import read_keys


@dataclass(frozen=True)
class HostPlan:
    """Which images must be built, what happens to the service, and the texts that differ from what serves."""

    images: dict[str, ImagePlan]
    service: ServicePlan
    differences: tuple[str, ...]
    outlook: Outlook | None = None
    # Why the model is to be fetched; None where it is whole, or the engine's image has its own.
    model: str | None = None
    # The job that is at work there now, and what that means for the next one.
    job: Mapping[str, Any] | None = None
    meanwhile: tuple[str, ...] = ()

    @property
    def refusal(self) -> str | None:
        """What would be refused now, and what to do about it."""
        return self.outlook.refusal if self.outlook else None

    def lines(self) -> list[str]:
        """The plan as people read it."""
        built = [f"image {name}: {'there' if plan.image else 'to be built'}" for name, plan in self.images.items()]
        built += [f"model: to be fetched, {self.model}"] if self.model else []
        refused = [self.refusal] if self.refusal else []
        return [*built, *self.meanwhile, *self.service.notes, *refused, *self.differences]

    def as_json(self) -> dict[str, Any]:
        """The plan as programs read it."""
        images = {
            name: {"reference": plan.reference, "present": bool(plan.image)} for name, plan in self.images.items()
        }
        told = {**asdict(self.service), "images": images, "differences": list(self.differences), "model": self.model}
        return {**told, "job": dict(self.job) if self.job else None, **self._outlook_as_json()}

    def _outlook_as_json(self) -> dict[str, Any]:
        if self.outlook is None:
            return {"refused": None}
        needed = self.outlook.needed_gib(builds=self.images["engine"].image is None)
        disk = {"needed_gib": needed, **self.outlook.disk}
        return {**asdict(self.outlook), "disk": disk}


def plan_host(project: Project, host: HostSpec, remote: Remote) -> HostPlan:
    """Compare a host file with its host. Secrets are taken to be unchanged: only Pulumi knows them."""
    rendered, facts = render(project, host), remote.facts()
    images = {context.name: image_of(facts, host, context) for context in (rendered.engine, rendered.proxy)}
    # A host that lost the record of what it serves gets a deploy, as one on which nothing serves.
    serving = remote.tell("manifest", release=facts.serving["release"])["wanted"] or None if facts.serving else None
    wanted, differences = _wanted(rendered, images, serving), tuple(_differences(serving, rendered.service))
    plan = HostPlan(
        images,
        plan_service(facts, wanted, rendered.service),
        differences,
        model=_model(facts, rendered.service),
        job=facts.job,
        meanwhile=at_work(facts.job, host.name),
    )
    if not plan.service.changes:
        return plan
    outlook = remote.outlook(owner_of(project, host), rendered.service, images["engine"].image)
    return replace(plan, service=plan_service(facts, wanted, rendered.service, outlook), outlook=outlook)


def owner_of(project: Project, host: HostSpec) -> Owner:
    """Whom a host belongs to by this project: its stack has the host's name."""
    path = project.root / "Pulumi.yaml"
    text = path.read_text(encoding="utf-8") if path.is_file() else "name: ''"
    return Owner(str(read_keys(text, path.name)[0].get("name")), host.name)


def image_of(facts: Facts, host: HostSpec, context: BuildContext) -> ImagePlan:
    """Look up what a build context becomes on a host; raise HostRefused where it could not be built there."""
    bases = bases_of(context.files)
    return plan_image(facts, host=host.name, name=context.name, context=context.digest, bases=bases)


def _model(facts: Facts, service: Mapping[str, Any]) -> str | None:
    found = service.get("model")
    return lacking(facts.models, found["repo"], found["revision"]) if found else None


def _wanted(
    rendered: Rendered, images: Mapping[str, ImagePlan], serving: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    engine, proxy = images["engine"].image, images["proxy"].image
    if engine is None or serving is None:
        return None
    return wanted_of(rendered.service, (engine, proxy or "not built yet"), serving["secrets"])


def _differences(serving: Mapping[str, Any] | None, service: Mapping[str, Any]) -> list[str]:
    if serving is None:
        return []
    return differences(to_texts(serving["service"]), to_texts(service))
