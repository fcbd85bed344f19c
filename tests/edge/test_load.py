"""Everything that callers show is renewed on a lab host, under fifty requests a second through the edge."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from lab.cloudflare.before import CONSUMER, NAME, Before, before
from lab.project import KEY, LabProject
from ocrfleet.cloudflare.caller import Ask
from ocrfleet.edge.credential import credential_of, secret_name
from ocrfleet.operate.rotating import Rotating
from ocrfleet.project import Project
from ocrfleet.rotation.outcome import ROTATED, Lap, Outcome
from ocrfleet.rotation.tunnel import Tunnel
from ocrfleet.secrets import Secret, SecretStore
from ocrfleet.secrets.age import AgeStore
from ocrfleet.secrets.agekeys import Keys
from ocrfleet.spec.public import MODELS
from tests.edge.callers import Callers

RATE, SLOW_RATE, AT_MOST = 50.0, 5.0, 5.0
LAP = Lap(8.0)
STARTED = "--format={{.Id}} {{.State.StartedAt}} {{.RestartCount}}"

said: list[str] = []


@dataclass
class Consumer:
    """Shows what the store has, or had when it last looked."""

    store: SecretStore
    shown: dict[str, str] = field(default_factory=dict)
    looked: float = 0.0

    def look(self) -> None:
        kept = self.store.read()
        credential = credential_of(kept[secret_name(CONSUMER)], "trial", CONSUMER)
        assert credential
        self.shown = {**credential.headers, "Authorization": f"Bearer {kept['api-key'].reveal()}"}
        self.looked = time.monotonic()

    def often(self) -> Mapping[str, str]:
        """Look at the store a few times a second."""
        if time.monotonic() > self.looked + 0.3:
            self.look()
        return self.shown


@pytest.fixture
def lab(project: LabProject, tmp_path: Path) -> Iterator[LabProject]:
    """A host that serves, with its secrets in the store age."""
    import pyrage

    own = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"{own}\n", encoding="utf-8")
    age = {"recipients": [str(own.to_public())], "identity_file": str(tmp_path / "key")}
    project.write(secrets__store="age", secrets__age=age)
    store_of(project).write({"api-key": Secret(KEY)})
    project.deploy()
    yield project
    shutil.rmtree(project.root / "secrets")
    project.clean()


def store_of(lab: LabProject) -> AgeStore:
    age = lab.host.secrets.age
    assert age
    keys = Keys(lab.name, age.recipients, Path(age.identity_file))
    return AgeStore(lab.name, lab.root / "secrets" / f"{lab.name}.age", keys)


def test_nobody_is_refused_while_everything_is_renewed_and_the_old_ends_in_time(lab: LabProject) -> None:
    store = store_of(lab)
    engines, release = lab.inside("docker", "inspect", STARTED, *lab.engines()).out, lab.serving()
    with before(lab) as name:
        rotating = Rotating(Project(lab.root), name.host, lab.remote, store, asking(name))
        assert [outcome.what for outcome in rotating.hand_out(name.client)] == ["handed out"]
        often = Consumer(store)
        often.look()
        quick = Callers(name.url, NAME, MODELS)
        with quick.calling(RATE, often.often):
            renewed(name, store, lambda: list(rotating.keys(LAP, None)))
            renewed(name, store, lambda: list(rotating.access(name.client, LAP, None, said.append)))
            tunnel = Tunnel(name.edge, name.client, store, rotating._prover, lambda: None, name.deploy)
            assert tunnel.rotate(LAP).proved == (NAME,)
        assert quick.failed == []
        assert len(quick.statuses) >= 2 * RATE * LAP.seconds
    assert lab.inside("docker", "inspect", STARTED, *lab.engines()).out == engines
    up = lab.deploy()
    assert lab.serving() == release
    assert "updated" not in up.out.partition("Resources:")[2], up.out
    outcomes = [line["outcome"] for line in lab.remote.tell("audit", last=3)["lines"]]
    assert (outcomes, said) == (["its successor is good, too", "rotated", "rotated"], [])


def renewed(name: Before, store: SecretStore, renew: Callable[[], list[Outcome]]) -> None:
    """Renew; who looks at the store a second before the end of the overlap is never refused, and then soon is."""
    slow, consumer = Callers(name.url, NAME, MODELS), Consumer(store)
    consumer.look()
    with slow.calling(SLOW_RATE, lambda: consumer.shown):
        (outcome,) = renew()
        assert (outcome.what, outcome.proved) == (ROTATED, (NAME,))
        assert outcome.until
        end = outcome.until.timestamp()
        time.sleep(max(0.0, end - time.time() - 1.0))
    assert slow.failed == []
    assert len(slow.statuses) >= SLOW_RATE * (LAP.seconds - 2)
    assert 0 <= refused_after(name, consumer.shown, end) <= AT_MOST


def asking(name: Before) -> Ask:
    """Ask the edge on this machine."""

    def ask(host: str, path: str, headers: Mapping[str, str]) -> int:
        return httpx.get(f"{name.url}{path}", headers={"Host": host, **headers}, verify=False).status_code

    return ask


def refused_after(name: Before, shown: Mapping[str, str], until: float) -> float:
    """How many seconds after its time a caller is refused."""
    while time.time() < until + 2 * AT_MOST:
        if httpx.get(f"{name.url}{MODELS}", headers={"Host": NAME, **shown}, verify=False).status_code in {401, 403}:
            return time.time() - until
        time.sleep(0.1)
    return 2 * AT_MOST
