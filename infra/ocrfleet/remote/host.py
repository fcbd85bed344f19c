"""One host, as everything above SSH sees it."""

from __future__ import annotations

import getpass
import hashlib
import io
import os
import platform
import posixpath
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ocrfleet.agent.names import BESIDE, HUB_TOKEN
from ocrfleet.commands.containers import HOME
from ocrfleet.errors import HostRefused, OcrfleetError
from ocrfleet.plan.facts import Facts
from ocrfleet.plan.machine import Machine
from ocrfleet.plan.outlook import Outlook
from ocrfleet.project import Owner, Project
from ocrfleet.remote.agent import Agent, Lines
from ocrfleet.remote.session import Session
from ocrfleet.remote.ssh import SshSession
from ocrfleet.remote.target import Target

# How an operator's patience reaches the provider, which Pulumi starts.
WAIT = "OCRFLEET_WAIT"


def connect(project: Project, target: Target, *, wait: float | None = None) -> Remote:
    """Prepare a host; the connection is opened at the first call. Without `wait` the environment says how long."""
    return Remote(SshSession(project, target), wait=float(os.environ.get(WAIT) or 0) if wait is None else wait)


class Remote:
    """Asks and changes one host through its agent. Every method may raise any OcrfleetError.

    `wait` is how many seconds a change waits for another one on the host before it gives up.
    """

    def __init__(self, session: Session, *, wait: float = 0.0) -> None:
        self.session, self.agent, self._wait = session, Agent(session), wait

    def facts(self) -> Facts:
        """Measure the host: one round trip."""
        return Facts.parse(self.agent.call("facts", {}))

    def probe(self, questions: Mapping[str, Any]) -> Machine:
        """Ask the machine's own programs what it is and has: within seconds, whatever hangs there."""
        return Machine.parse(self.agent.call("probe", dict(questions)))

    def check(self, owner: Owner, service: Mapping[str, Any] | None = None) -> None:
        """Raise what a deploy would be refused for, of the host alone or of a service there; nothing is changed."""
        self.agent.call("check", {"owner": vars(owner), "service": service})

    def outlook(self, owner: Owner, service: Mapping[str, Any], image: str | None) -> Outlook:
        """Look ahead to a deploy of a service with an image, None where that is still to be built."""
        return Outlook.parse(self.agent.call("outlook", {"owner": vars(owner), "service": service, "image": image}))

    def build(
        self, plan: dict[str, Any], files: Mapping[str, str], secrets: Mapping[str, bytes], owner: Owner, lines: Lines
    ) -> str:
        """Build an image from a context and return its id; secrets are on the host only while it builds."""
        self.check(owner)
        context = as_tar(files)
        upload = hashlib.sha256(context).hexdigest()
        for name, value in secrets.items():
            self.session.put(value, f"{HOME}/secrets/build-{upload}/{name}", mode=0o400)
        self.session.put(context, f"{HOME}/uploads/{upload}", mode=0o600)
        wish = {**plan, "upload": upload, "secrets": sorted(secrets)}
        image: str = self.agent.work("build", {"plan": wish, "who": who()}, lines)["image"]
        return image

    def fetch(self, model: Mapping[str, str], token: bytes | None, owner: Owner, lines: Lines) -> int:
        """Make a commit of a model whole on the host; the token is there only until the fetch has read it.

        Return how many bytes that took.
        """
        self.check(owner)
        wish = dict(model)
        if token is not None:
            # The version of a build's secret: whatever is left of it is swept like those.
            wish["token"] = f"build-{hashlib.sha256('/'.join(model.values()).encode()).hexdigest()}"
            self.session.put(token, f"{HOME}/secrets/{wish['token']}/{HUB_TOKEN}", mode=0o400)
        fetched: int = self.agent.work("fetch", {"model": wish, "who": who()}, lines)["fetched"]
        return fetched

    def deploy(
        self, wanted: dict[str, Any], secrets: Mapping[str, bytes], owner: Owner, lines: Lines
    ) -> dict[str, Any]:
        """Make the host serve `wanted`; secrets go to files only the service can see."""
        for name, value in secrets.items():
            self.session.put(value, f"{HOME}/secrets/{wanted['secrets'][name]}/{name}", mode=0o444)
        return self.agent.work("deploy", {"wanted": wanted, "owner": vars(owner), **self._asker()}, lines)

    def acknowledge(self, release: int) -> None:
        """Say that a stack's state knows a release now. Where nobody hears that, an older state is not told apart."""
        with suppress(OcrfleetError):
            self.agent.call("acknowledge", {"release": release})

    def keep(self, name: str, version: str, value: bytes, owner: Owner) -> None:
        """Put a secret of what runs beside the service on the host."""
        self.check(owner)
        self.session.put(value, _kept(version, name), mode=0o444)

    def keeps(self, name: str, version: str) -> bool:
        """Whether such a secret is there."""
        done = self.session.run(("test", "-e", _kept(version, name)))
        if done.code not in {0, 1}:
            why = done.err.decode(errors="replace").strip()
            raise HostRefused(f"the host does not tell of a secret: {why}", serving="as before", fix="try again")
        return done.code == 0

    def forget(self, version: str) -> None:
        """Take a version of such a secret off the host; one that is gone already is fine."""
        done = self.session.run(("rm", "-rf", "--", posixpath.dirname(_kept(version, ""))))
        if done.code:
            why = done.err.decode(errors="replace").strip()
            raise HostRefused(f"a secret was not removed: {why}", serving="as before", fix="run the same command again")

    def rollback(self, number: int | None, lines: Lines) -> dict[str, Any]:
        """Serve an earlier release again and pin it."""
        return self.agent.work("rollback", {"to": number, **self._asker()}, lines)

    def prune(self, keep: int, floor_gib: float | None, lines: Lines) -> dict[str, Any]:
        """Remove the releases that a host need not keep."""
        return self.agent.work("prune", {"keep": keep, "floor_gib": floor_gib, **self._asker()}, lines)

    def stop(self, lines: Lines) -> dict[str, Any]:
        """Let the engine finish and stop it on purpose."""
        return self.agent.work("stop", self._asker(), lines)

    def start(self, lines: Lines) -> dict[str, Any]:
        """Start what was stopped on purpose and wait until it is healthy, however long its model loads."""
        return self.agent.work("start", self._asker(), lines)

    def ask(self, method: str, path: str, *, seconds: float, **how: Any) -> dict[str, Any]:
        """Send one request to the service as a caller on the host would; `how` may be a body, `keyless`, or a `key`."""
        payload = {"method": method, "path": path, "seconds": seconds, **how}
        return self.agent.call("ask", payload, silence=seconds + 30)

    def admit(self, name: str, version: str, value: bytes, overlap: float) -> None:
        """Let the successor of an API key in beside it."""
        self.session.put(value, f"{HOME}/secrets/{version}/{name}", mode=0o444)
        self._key("admit", name, version, overlap)

    def promote(self, name: str, version: str, overlap: float) -> float | None:
        """Make the successor the valid key; return until when the one before it stays good."""
        until: float | None = self._key("promote", name, version, overlap)["until"]
        return until

    def _key(self, verb: str, name: str, version: str, overlap: float) -> dict[str, Any]:
        return self.tell(verb, name=name, version=version, overlap=overlap, what=f"rotate {name}")

    def tell(self, verb: str, **payload: Any) -> dict[str, Any]:
        """Call one of the short verbs."""
        return self.agent.call(verb, {**self._asker(), **payload}, silence=600 + self._wait)

    def _asker(self) -> dict[str, Any]:
        """Who asks for a change, and how long they wait for another one to end."""
        return {"who": who(), "wait": self._wait} if self._wait else {"who": who()}


def _kept(version: str, name: str) -> str:
    if not re.fullmatch(BESIDE + "[0-9a-f]+", version):
        raise ValueError("what runs beside the service has versions of its own")
    return f"{HOME}/secrets/{version}/{name}"


def as_tar(files: Mapping[str, str]) -> bytes:
    """Pack a build context: same files, same bytes."""
    import tarfile

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, text in sorted(files.items()):
            content = text.encode()
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def who() -> str:
    """Name the operator, for locks and logs on the host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{platform.node()}"
