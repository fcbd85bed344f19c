"""Whatever the store, a secret turns up nowhere but where it belongs: real deploys and rotations, and a search."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cloudflare.place import TOKEN
from lab.cloudflare.scratch import Scratch
from lab.cloudflare.tunnels import run_token
from lab.project import LabProject
from tests.edge.named import answered
from tests.edge.stores import ESC_TOKEN, STORES, FourStores, four_stores
from tests.faults.canary.canaries import Canary, hits
from tests.faults.canary.scanner import Scanner

KEPT = [kind for kind in STORES if kind != "env"]


@pytest.fixture
def stores(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[FourStores]:
    with four_stores(tmp_path_factory.mktemp("stores"), monkeypatch) as stores:
        yield stores


@pytest.fixture
def lab(project: LabProject) -> Iterator[LabProject]:
    """A host with nothing deployed, and no store of its own."""
    yield project
    shutil.rmtree(project.root / "secrets", ignore_errors=True)
    project.clean()


def test_a_key_from_any_store_is_on_the_host_and_nowhere_else(lab: LabProject, stores: FourStores) -> None:
    keys = {kind: Canary.hatch(kind) for kind in STORES}
    scanner = Scanner(lab, (*keys.values(), Canary("token of ESC", ESC_TOKEN)))
    with scanner.sampling():
        for kind, key in keys.items():
            deploy(lab, scanner, stores, kind, key)
    scanner.host()
    scanner.operator()
    assert lab.script("cat /var/lib/ocrfleet/proxy/keys/current").out == keys["env"].value
    assert scanner.found == {}
    assert scanner.looks > 0
    scanner.text("planted", f"x{keys['esc'].value}y")
    assert scanner.found == {"planted": {"esc (plain)"}}


def deploy(lab: LabProject, scanner: Scanner, stores: FourStores, kind: str, key: Canary) -> None:
    """Deploy a host whose key is in a store, and let everything talk about it."""
    lab.write(**{f"secrets__{name}": one for name, one in stores.said(kind).items()})
    if kind == "env":
        stores.export("api-key", key.value)
    else:
        kept = lab.run(["ocrfleet", "secrets", "set", lab.name, "api-key"], stdin=key.value)
        scanner.text(f"{kind} set", kept.out)
    stack = f"--stack={lab.name}"
    for what, words in {
        "preview": ("preview", stack, "--diff"),
        "events": ("preview", stack, "--json"),
        "up": ("up", stack, "--yes", "--skip-preview", "--json"),
        "refresh": ("refresh", stack, "--yes", "--skip-preview"),
        "state": ("stack", "export", stack),
    }.items():
        said = lab.pulumi(*words)
        assert "api-key" in said.out or what in {"refresh", "preview"}, said.out
        scanner.text(f"{kind} {what}", said.out)
    assert key.value in lab.script("cat /var/lib/ocrfleet/proxy/keys/current").out
    for words in (("plan", "--json"), ("logs",), ("audit", "--json"), ("doctor",)):
        scanner.text(f"{kind} {words[0]}", lab.ocrfleet(words[0], lab.name, *words[1:]).out)
    scanner.text(f"{kind} list", lab.ocrfleet("secrets", "list", lab.name).out)


def test_a_rotated_key_is_told_to_nobody(lab: LabProject, stores: FourStores) -> None:
    lab.write()
    lab.deploy()
    for kind in KEPT:
        lab.write(**{f"secrets__{name}": one for name, one in stores.said(kind).items()})
        lab.ocrfleet("secrets", "import", lab.name, "--from=config")
        ran = lab.ocrfleet("rotate", lab.name, "api-key", "--overlap=1s", "--json")
        assert ran.code == 0, ran.out
        value = lab.ocrfleet("secrets", "get", lab.name, "api-key", "--reveal").out.strip()
        assert value in lab.script("cat /var/lib/ocrfleet/proxy/keys/*").out
        texts = {"rotate": ran.out, "audit": lab.ocrfleet("audit", lab.name, "--json").out}
        texts["state"] = json.dumps(lab.exported())
        files = {str(path): path.read_bytes().decode(errors="replace") for path in files_of(lab.root)}
        assert leaks((Canary("rotated", value),), {**texts, **files}) == {}
        lab.ocrfleet("secrets", "export", lab.name, "--to=config")


def test_credentials_and_tokens_of_an_edge_are_told_to_nobody(
    edge: Scratch, stores: FourStores, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with answered(edge, monkeypatch) as name:
        texts, canaries = {}, [Canary("API token", TOKEN), Canary("token of ESC", ESC_TOKEN)]
        for kind in KEPT:
            edge.secrets = stores.said(kind)
            edge.write(name.spec)
            texts[f"{kind} deploy"] = edge.ocrfleet("deploy", "lab").out
            texts[f"{kind} rotate"] = edge.ocrfleet("rotate", "lab", "access", "--emergency", "--json").out
            canaries.append(Canary(f"credential in {kind}", name.kept()["client_secret"]))
        canaries += [Canary("first secret", one["client_secret"]) for one in edge.at.account.tokens.values()]
        texts["tunnel"] = edge.ocrfleet("rotate", "lab", "tunnel").out
        (tunnel,) = edge.at.account.tunnels
        canaries += [Canary("tunnel", run_token(edge.at.account, tunnel))]
        texts["preview"] = edge.pulumi("preview", "--diff", "--stack=lab").out
        texts["events"] = edge.pulumi("preview", "--json", "--stack=lab").out
        texts["state"] = json.dumps(edge.exported())
        texts["the emulator's log"] = "".join(capfd.readouterr())
        files = {str(path): path.read_bytes().decode(errors="replace") for path in files_of(edge.root)}
        assert "rotated" in texts["esc rotate"]
        assert leaks(tuple(canaries), {**texts, **files}) == {}
        assert leaks(tuple(canaries), {"planted": json.dumps(name.kept())}) != {}


def leaks(canaries: tuple[Canary, ...], texts: dict[str, str]) -> dict[str, set[str]]:
    """Where secrets are, and which."""
    return {where: found for where, text in texts.items() if (found := hits(canaries, text))}


def files_of(root: Path) -> list[Path]:
    """Every file of a project; not the plugins, which are links into this one."""
    return [path for path in root.rglob("*") if path.is_file() and "home" not in path.relative_to(root).parts[:1]]
