"""The resource Model: weights that are whole on their host, fetched there when they are not."""

from __future__ import annotations

from ocrfleet.agent.names import HUB_TOKEN
from ocrfleet.errors import OcrfleetError, Unknown
from ocrfleet.plan.facts import Facts
from ocrfleet.plan.model import lacking
from ocrfleet.plan.work import at_work
from ocrfleet.project import Owner, Project
from ocrfleet.provider.buildsecrets import secrets_of
from ocrfleet.provider.follow import follow, to_rejoin
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.inputs import MODEL, inputs_of
from ocrfleet.provider.resource import Cancelled, Difference, Found, Task, Values

FIX = "correct model.token in the host file"


class ModelResource:
    """Inputs: those of `inputs.MODEL`. Outputs: the same."""

    def __init__(self, project: Project, hosts: Hosts) -> None:
        self._project, self._hosts = project, hosts

    def diff(self, olds: Values, news: Values, task: Task) -> Difference:
        facts = self._hosts.facts(news)
        if facts.pinned is not None:
            return Difference()
        why = _lacking(facts, news)
        if why:
            task.voice.note(f"the model is to be fetched: {why}")
        changed = tuple(name for name in ("repo", "revision") if olds.get(name) != news[name])
        return Difference(changed or (("revision",) if why else ()))

    def apply(self, olds: Values | None, news: Values, task: Task) -> Found:
        facts = self._hosts.facts(news)
        if facts.pinned is not None and olds is not None:
            return Found(_id(news), olds, news)
        if not _lacking(facts, news):
            return Found(_id(news), dict(news), news)
        if task.preview:
            for note in at_work(facts.job, news["host"]):
                task.voice.note(note)
        else:
            self._fetch(news, task)
        return Found(_id(news), dict(news), news)

    def read(self, found: Found, task: Task) -> Found:
        inputs = found.inputs or inputs_of(found.outputs, MODEL)
        is_gone = _lacking(self._hosts.facts(inputs), found.outputs)
        return Found("") if is_gone else Found(found.id, found.outputs, inputs)

    def delete(self, outputs: Values, task: Task) -> None:
        task.voice.note(
            "the model's files stay on the host; ocrfleet prune removes them there when no release runs them"
        )

    def _fetch(self, news: Values, task: Task) -> None:
        self._hosts.ready(news, "fetch")
        model = {name: news[name] for name in ("hub", "repo", "revision")}
        sources = {HUB_TOKEN: news["token"]} if news["token"] else {}
        token, owner = secrets_of(self._project, sources, FIX).get(HUB_TOKEN), Owner(**news["owner"])
        try:
            with self._hosts.changing(news) as remote:
                follow(task, lambda lines: remote.fetch(model, token, owner, lines))
        except Cancelled:
            raise _left_behind(news) from None


def _left_behind(news: Values) -> OcrfleetError:
    return Unknown(
        f"stopped waiting for the model {news['repo']}",
        serving="as before",
        changed="nothing; the fetch goes on on the host",
        fix=to_rejoin(news["host"]),
    )


def _id(news: Values) -> str:
    return f"{news['host']}/model"


def _lacking(facts: Facts, values: Values) -> str | None:
    return lacking(facts.models, values["repo"], values["revision"])
