"""The resource Image: an image that is on its host, built there when it is not."""

from __future__ import annotations

from ocrfleet.agent.names import content_digest
from ocrfleet.errors import HostRefused, Unknown
from ocrfleet.plan.facts import Facts
from ocrfleet.plan.image import ImagePlan, bases_of, plan_image
from ocrfleet.plan.work import at_work
from ocrfleet.project import Owner, Project
from ocrfleet.provider.buildsecrets import secrets_of
from ocrfleet.provider.follow import follow, to_rejoin
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.inputs import IMAGE, inputs_of
from ocrfleet.provider.resource import Cancelled, Difference, Found, Half, Task, Values
from ocrfleet.provider.sources import Sources
from ocrfleet.provider.values import UNKNOWN


class ImageResource:
    """Inputs: those of `inputs.IMAGE`. Outputs: the same, with the image's reference and its id as `image`."""

    def __init__(self, project: Project, hosts: Hosts) -> None:
        self._project, self._hosts, self._sources = project, hosts, Sources(project)

    def diff(self, olds: Values, news: Values, task: Task) -> Difference:
        facts = self._hosts.facts(news)
        if facts.pinned is not None:
            return Difference()
        plan = self._plan(facts, news)
        changed = tuple(name for name in IMAGE if olds.get(name) != news[name])
        if plan.image is not None and plan.image == olds.get("image"):
            return Difference(changed)
        if plan.image is None and not {"files", "copies"} & set(changed):
            task.voice.note("the image is not on the host any more; it will be built again")
        return Difference(changed or ("image",))

    def apply(self, olds: Values | None, news: Values, task: Task) -> Found:
        facts = self._hosts.facts(news)
        if facts.pinned is not None and olds is not None:
            return Found(_id(news), olds, news)
        plan = self._plan(facts, news)
        if plan.image is None and task.preview:
            for note in at_work(facts.job, news["host"]):
                task.voice.note(note)
            return Found(_id(news), {**news, "reference": plan.reference, "image": UNKNOWN}, news)
        image = plan.image or self._build(olds, news, plan, task)
        return Found(_id(news), {**news, "reference": plan.reference, "image": image}, news)

    def read(self, found: Found, task: Task) -> Found:
        inputs = found.inputs or inputs_of(found.outputs, IMAGE)
        facts = self._hosts.facts(inputs)
        if facts.docker is not None:
            raise HostRefused(
                facts.docker, serving="not known", fix="make `docker info` work for the deploy user on the host"
            )
        present = found.outputs["image"] in facts.images.values()
        return Found(found.id, found.outputs, inputs) if present else Found("")

    def delete(self, outputs: Values, task: Task) -> None:
        task.voice.note("the image stays on the host; ocrfleet prune removes it there a day after it was built")

    def _build(self, olds: Values | None, news: Values, plan: ImagePlan, task: Task) -> str:
        files = self._files(news)
        wish = {
            "host": news["host"],
            "name": news["name"],
            "context": content_digest(files),
            "bases": bases_of(files),
            "arch": self._hosts.facts(news).arch,
            "limit_seconds": news["limitSeconds"],
        }
        self._hosts.ready(news, "build")
        fix = "correct build.secrets in the host file"
        secrets, owner = secrets_of(self._project, news["buildSecrets"], fix), Owner(**news["owner"])
        try:
            with self._hosts.changing(news) as remote:
                return follow(task, lambda lines: remote.build(wish, files, secrets, owner, lines))
        except Cancelled:
            raise self._left_behind(olds, news, plan) from None

    def _left_behind(self, olds: Values | None, news: Values, plan: ImagePlan) -> Exception:
        error = Unknown(
            f"stopped waiting for the build of {plan.reference}",
            serving="as before",
            changed="nothing; the build goes on on the host",
            fix=to_rejoin(news["host"]),
        )
        if olds is None:
            return error
        return Half(Found(_id(news), olds, inputs_of(olds, IMAGE)), error)

    def _plan(self, facts: Facts, news: Values) -> ImagePlan:
        if news["arch"] not in {"any", facts.arch}:
            raise HostRefused(
                f"the host is {facts.arch}, its host file says {news['arch']}",
                serving="as before",
                fix=f"set arch: {facts.arch} in hosts/{news['host']}.yaml",
            )
        files = self._files(news)
        return plan_image(
            facts, host=news["host"], name=news["name"], context=content_digest(files), bases=bases_of(files)
        )

    def _files(self, news: Values) -> dict[str, str]:
        """All that the image is built from; what was copied is read where it was copied from."""
        copies = {path: self._sources.text(name) for path, name in news["copies"].items()}
        return {**news["files"], **copies}


def _id(news: Values) -> str:
    return f"{news['host']}/{news['name']}"
