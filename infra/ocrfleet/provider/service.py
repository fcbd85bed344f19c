"""The resource Service: one OCR service on one host, replaced by a gated cutover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ocrfleet.errors import OcrfleetError, Unknown
from ocrfleet.plan.outlook import Outlook
from ocrfleet.plan.service import ServicePlan, plan_service, wanted_of
from ocrfleet.plan.texts import from_texts
from ocrfleet.plan.work import at_work
from ocrfleet.project import Owner, Project
from ocrfleet.provider.adopt import is_ours, unknown
from ocrfleet.provider.follow import follow, to_rejoin
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.inputs import SERVICE, inputs_of
from ocrfleet.provider.resource import Cancelled, Difference, Found, Half, Task, Values
from ocrfleet.provider.serving import TOLD, as_it_is, as_wanted
from ocrfleet.provider.sources import Sources
from ocrfleet.provider.values import UNKNOWN, Secret

# From these codes on, something on the host was changed.
CHANGED = 20
BUSY = 50


class ServiceResource:
    """Inputs: those of `inputs.SERVICE`. Outputs: the same, and what serves."""

    def __init__(self, project: Project, hosts: Hosts) -> None:
        self._sources, self._hosts = Sources(project), hosts

    def diff(self, olds: Values, news: Values, task: Task) -> Difference:
        plan = self._foretold(news)
        changed = tuple(name for name in SERVICE if _bare(olds.get(name)) != _bare(news[name]))
        if plan.changes:
            _tell(plan, task.voice.note)
            return Difference(changed or ("release",))
        _tell(plan, task.voice.warn)
        login = tuple(name for name in changed if name == "ssh")
        is_told = plan.action == "pinned" or olds.get("release") == as_wanted(self._hosts, news).outputs["release"]
        return Difference(login if is_told else (*login, "release"))

    def apply(self, olds: Values | None, news: Values, task: Task) -> Found:
        if task.preview:
            return self._preview(olds, news, task)
        plan = self._plan(news)
        if plan.action == "pinned" and olds is not None:
            return Found(news["host"], {**olds, "ssh": news["ssh"]}, news)
        is_found = olds is None and is_ours(self._hosts, news)
        if plan.action == "stopped" or (plan.action == "pinned" and is_found):
            _tell(plan, task.voice.warn)
            return as_wanted(self._hosts, news)
        if plan.action == "deploy":
            self._refuse(olds, news)
        self._deploy(olds, news, task)
        found = as_wanted(self._hosts, news)
        if task.awaited():
            self._hosts.remote(news).acknowledge(found.outputs["release"])
        return found

    def read(self, found: Found, task: Task) -> Found:
        inputs = found.inputs or inputs_of(found.outputs, SERVICE)
        facts = self._hosts.facts(inputs)
        for one in facts.drift:
            task.voice.warn(f"changed by hand: {one}")
        return Found("") if facts.serving is None else as_it_is(self._hosts, inputs)

    def delete(self, outputs: Values, task: Task) -> None:
        with self._hosts.changing(outputs) as remote:
            remote.tell("destroy", owner=dict(outputs["owner"]))

    def _service(self, news: Values) -> dict[str, Any]:
        return from_texts(news, self._sources.picture)

    def _plan(self, news: Values, outlook: Outlook | None = None) -> ServicePlan:
        service = self._service(news)
        return plan_service(self._hosts.facts(news), _wanted(news, service), service, outlook)

    def _foretold(self, news: Values) -> ServicePlan:
        """The plan with what a deploy would meet, where there would be one."""
        plan = self._plan(news)
        if plan.action != "deploy":
            return plan
        image = None if news["image"] == UNKNOWN else news["image"]
        return self._plan(news, self._hosts.remote(news).outlook(Owner(**news["owner"]), self._service(news), image))

    def _refuse(self, olds: Values | None, news: Values) -> None:
        """Raise what stands in the way of a deploy before it is begun."""
        stop = unknown(self._hosts, olds, news)
        if stop is not None:
            raise stop
        self._hosts.ready(news, "deploy")

    def _preview(self, olds: Values | None, news: Values, task: Task) -> Found:
        plan = self._foretold(news) if olds is None else self._plan(news)
        if olds is None:
            _tell(plan, task.voice.note)
        if plan.action == "deploy" and unknown(self._hosts, olds, news):
            task.voice.warn("this stack's state does not know what serves: up adopts that as it is and stops")
        if plan.changes:
            for note in at_work(self._hosts.facts(news).job, news["host"]):
                task.voice.note(note)
            self._hosts.remote(news).check(Owner(**news["owner"]), self._service(news))
        return Found(news["host"], {**news, **dict.fromkeys(TOLD, UNKNOWN), "drift": []}, news)

    def _deploy(self, olds: Values | None, news: Values, task: Task) -> None:
        try:
            outcome = self._outcome(news, task)
        except Cancelled:
            raise self._left_behind(olds, news) from None
        except OcrfleetError as error:
            if error.code < CHANGED or error.code >= BUSY:
                raise
            raise self._half(news, error) from None
        task.voice.note(f"{outcome['outcome']}: release {outcome['release']}")

    def _outcome(self, news: Values, task: Task) -> Mapping[str, Any]:
        wanted = _wanted(news, self._service(news))
        if wanted is None:
            raise AssertionError("the engine applies a service only once its images are known")
        secrets = {name: _bare(secret["value"]).encode() for name, secret in news["secrets"].items()}
        owner, is_ours = Owner(**news["owner"]), self._hosts.facts(news).owner == news["owner"]
        with self._hosts.changing(news) as remote:
            if not is_ours:
                # The agent looks again before it changes anything, but by then the secrets are there.
                remote.check(owner, wanted["service"])
            return follow(task, lambda lines: remote.deploy(wanted, secrets, owner, lines))

    def _left_behind(self, olds: Values | None, news: Values) -> Exception:
        error = Unknown(
            "stopped waiting for the deploy",
            serving="as before, until the new release has passed its gate",
            changed="the deploy goes on on the host and either finishes or restores by itself",
            fix=to_rejoin(news["host"]),
        )
        return error if olds is None else self._half(news, error)

    def _half(self, news: Values, error: OcrfleetError) -> Exception:
        """The error with what is really there; the error alone where the host does not tell that now."""
        try:
            return Half(as_it_is(self._hosts, news), error)
        except Exception:  # noqa: BLE001  what failed first is what the operator has to know
            return error


def _tell(plan: ServicePlan, say: Callable[[str], None]) -> None:
    for note in plan.notes:
        say(note)


def _wanted(news: Values, service: Values) -> dict[str, Any] | None:
    """What the inputs ask for; None while the engine's image is not known."""
    images = (news["image"], news["proxyImage"])
    if news["image"] == UNKNOWN:
        return None
    versions = {name: secret["version"] for name, secret in news["secrets"].items()}
    return wanted_of(service, images, versions)


def _bare(value: Any) -> Any:
    """Look through the wrapping of a secret; the result must not leave this process."""
    if isinstance(value, Secret):
        return _bare(value.value)
    return {name: _bare(inner) for name, inner in value.items()} if isinstance(value, Mapping) else value
