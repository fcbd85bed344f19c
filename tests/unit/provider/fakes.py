"""A host as its agent tells of it: what was built is there, and what was deployed serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ocrfleet.agent.names import base_ids, digest, fingerprint, settings, tag
from ocrfleet.project import Project
from ocrfleet.remote import Remote, Target
from tests.unit.plan.hosts import OUTLOOK, told
from tests.unit.remote.fakes import FakeSession

BASE = "ocrfleet-lab/debian:bookworm"


@dataclass
class FakeHost:
    """Answers like the agent; `wrong` says by verb what it answers or raises instead, `log` what a job prints."""

    told: dict[str, Any] = field(default_factory=lambda: told(images={BASE: "sha256:base"}))
    wrong: dict[str, Any] = field(default_factory=dict)
    log: str = ""
    payloads: dict[str, dict[str, Any]] = field(default_factory=dict)
    manifests: dict[int, dict[str, Any]] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)
    targets: list[Target] = field(default_factory=list)
    session: FakeSession = field(init=False)

    def __post_init__(self) -> None:
        self.session = FakeSession(self._answer, name="lab")

    def connect(self, _: Project, target: Target) -> Remote:
        """Stand in for `ocrfleet.remote.connect`."""
        self.targets.append(target)
        return Remote(self.session)

    @property
    def asked(self) -> list[str]:
        """The verbs it was asked, in order."""
        return self.session.verbs

    def serve(self, wanted: dict[str, Any]) -> int:
        """Let a new release serve."""
        number = len(self.manifests) + 1
        self.manifests[number] = wanted
        self.told["settings"] = settings(wanted)
        about = {"since": 1000.0, "digest": digest(wanted), "strategy": "start-first", "outage_seconds": None}
        self.told["serving"] = {"release": number, "container": f"ocrfleet-lab-{number}", **about}
        return number

    def _answer(self, verb: str, payload: dict[str, Any]) -> Any:
        self.payloads[verb] = payload
        wrong = self.wrong.get(verb)
        if wrong is not None:
            return wrong(payload) if callable(wrong) else wrong
        verbs: dict[str, Callable[[dict[str, Any]], Any]] = {
            "facts": lambda _: self.told,
            "check": lambda _: {},
            "outlook": lambda _: OUTLOOK,
            "manifest": lambda asked: self._manifest(asked["release"]),
            "acknowledge": lambda asked: self._acknowledge(asked["release"]),
            "fetch": lambda _: {"job": "fetch", "state": "started"},
            "build": lambda _: {"job": "build", "state": "started"},
            "deploy": lambda _: {"job": "deploy", "state": "started"},
            "destroy": lambda _: self._destroy(),
            "job": lambda asked: self._end(asked["key"]),
        }
        return verbs[verb](payload)

    def _acknowledge(self, number: int) -> dict[str, Any]:
        self.acknowledged.add(number)
        return {}

    def _manifest(self, number: int) -> dict[str, Any]:
        return {"wanted": self.manifests[number], "acknowledged": number in self.acknowledged}

    def _end(self, job: str) -> dict[str, Any]:
        ends = {"build": self._built, "fetch": self._fetched, "deploy": self._deployed}
        result = ends[job]()
        return {"state": "finished", "text": self.log, "offset": 9, "exit": {"code": 0, "result": result}}

    def _fetched(self) -> dict[str, Any]:
        model = self.payloads["fetch"]["model"]
        self.told["models"] = {f"{model['repo']}@{model['revision']}": None}
        return {"fetched": 1}

    def _built(self) -> dict[str, Any]:
        plan = self.payloads["build"]["plan"]
        known = base_ids(tuple(plan["bases"]), self.told["images"])
        reference = tag(plan["host"], plan["name"], fingerprint(plan["context"], known, plan["arch"]))
        image = f"sha256:{plan['name']}-{plan['context'][:8]}"
        self.told["images"] = {**self.told["images"], reference: image}
        return {"reference": reference, "image": image}

    def _deployed(self) -> dict[str, Any]:
        wanted, serving = self.payloads["deploy"]["wanted"], self.told["serving"]
        if serving is not None and serving["digest"] == digest(wanted):
            same = self.told["settings"] == settings(wanted)
            self.manifests[serving["release"]], self.told["settings"] = wanted, settings(wanted)
            return {"outcome": "unchanged" if same else "settings applied", "release": serving["release"]}
        return {"outcome": "deployed", "release": self.serve(wanted)}

    def _destroy(self) -> dict[str, Any]:
        self.told["serving"] = None
        return {}


def ended(code: int, **parts: str) -> dict[str, Any]:
    """A job that went wrong."""
    usual = {"failed": "the gate failed", "serving": "release 1", "changed": "nothing", "next": "ocrfleet logs lab"}
    error = {"code": code, **usual, **parts}
    return {"state": "finished", "text": "", "offset": 0, "exit": {"code": code, "error": error}}
