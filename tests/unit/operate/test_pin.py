"""A tag becomes the digest its registry tells, checked against what arrives, and nothing else in the file changes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ocrfleet.errors import Refused
from ocrfleet.operate.pin import pin_images
from ocrfleet.operate.registry import Answer, resolve
from ocrfleet.plan.reference import Reference
from ocrfleet.project import Project
from ocrfleet.spec import HostSpec, load_host
from tests.unit.operate.projects import copy
from tests.unit.spec.files import ROOT

HUB = "https://registry-1.docker.io/v2"
INDEX = json.dumps({"manifests": [{"platform": {"architecture": one}} for one in ("amd64", "arm64", "unknown")]})
DIGEST = f"sha256:{hashlib.sha256(INDEX.encode()).hexdigest()}"
SPARK = (ROOT / "hosts/spark.yaml").read_text(encoding="utf-8")
OLD = "sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716"


@dataclass
class FakeRegistry:
    """Knows some manifests by URL; without a token it says where to get one."""

    body: str = INDEX
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    token: str | None = "t0"
    down: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        self.asked.append(url)
        if any(name in url for name in self.down):
            raise OSError("name or service not known")
        if "/token" in url:
            return Answer(200, {}, json.dumps({"token": self.token}).encode())
        if self.token and headers.get("Authorization") != f"Bearer {self.token}":
            wants = 'Bearer realm="https://auth.example/token",service="registry",scope="repository:x:pull"'
            return Answer(401, {"www-authenticate": wants}, b"")
        return Answer(self.status, self.headers, self.body.encode())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = copy(tmp_path / "project")
    (made.hosts / "spark.yaml").write_text(SPARK, encoding="utf-8")
    return made


def spark(project: Project) -> HostSpec:
    return load_host(project, "spark")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("debian", f"{HUB}/library/debian/manifests/latest"),
        ("debian:bookworm-slim", f"{HUB}/library/debian/manifests/bookworm-slim"),
        ("docker.io/library/debian:12", f"{HUB}/library/debian/manifests/12"),
        ("vllm/vllm-openai:v0.30.0", f"{HUB}/vllm/vllm-openai/manifests/v0.30.0"),
        (f"vllm/vllm-openai:v0.30.0@{OLD}", f"{HUB}/vllm/vllm-openai/manifests/v0.30.0"),
        ("nvcr.io/nvidia/pytorch:26.10-py3", "https://nvcr.io/v2/nvidia/pytorch/manifests/26.10-py3"),
        ("registry.example:5000/a/b:1", "https://registry.example:5000/v2/a/b/manifests/1"),
    ],
)
def test_a_name_is_asked_where_it_is_kept(text: str, url: str) -> None:
    assert Reference.parse(text).url == url


@pytest.mark.parametrize("token", ["t0", None])
def test_a_digest_is_that_of_what_arrives_with_a_token_where_one_is_wanted(token: str | None) -> None:
    registry = FakeRegistry(token=token, headers={"docker-content-digest": DIGEST})
    assert resolve(registry, "vllm/vllm-openai:v0.30.0", arch="arm64") == DIGEST
    wanted = "https://auth.example/token?service=registry&scope=repository%3Ax%3Apull"
    assert [url for url in registry.asked if "token" in url] == ([wanted] if token else [])


UNKNOWN = {
    "a digest that is not that of what arrives": (
        FakeRegistry(headers={"docker-content-digest": OLD}),
        "not what the registry says it is",
    ),
    "a name that is not there": (FakeRegistry(status=404), "docker.io answered 404"),
    "no answer": (FakeRegistry(down=("docker.io",)), "does not answer: name or service not known"),
    "something else": (FakeRegistry(body="<html>"), "did not send a manifest"),
    "a list": (FakeRegistry(body="[]"), "did not send a manifest"),
    "another machine's image": (
        FakeRegistry(body=json.dumps({"manifests": [{"platform": {"architecture": "amd64"}}]})),
        "it has no image for arm64, only for amd64",
    ),
}


@pytest.mark.parametrize(("registry", "why"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_not_known_is_refused_and_the_file_stays(registry: FakeRegistry, why: str, project: Project) -> None:
    with pytest.raises(Refused, match=why):
        pin_images(project, spark(project), registry)
    assert (project.hosts / "spark.yaml").read_text(encoding="utf-8") == SPARK


def test_digests_are_written_and_the_waiver_goes_and_nothing_else_changes(project: Project) -> None:
    pins = pin_images(project, spark(project), FakeRegistry())
    assert [(pin.key, pin.why) for pin in pins] == [
        ("build.base", ""),
        ("build.proxy_base", "it was pinned already"),
        ("build.source.base", ""),
    ]
    written = (project.hosts / "spark.yaml").read_text(encoding="utf-8")
    unpinned = SPARK.split("\n")
    changed = [line for line in written.split("\n") if line not in unpinned]
    assert changed == [
        f"  base: vllm/vllm-openai:v0.30.0@{DIGEST}",
        f"    base: nvcr.io/nvidia/pytorch:26.10-py3@{DIGEST}",
    ]
    assert len(written.split("\n")) == len(unpinned) - 1
    assert "unpinned-base" not in spark(project).waivers


def test_what_the_profile_does_not_use_may_stay_as_it_is(project: Project) -> None:
    pins = pin_images(project, spark(project), FakeRegistry(down=("nvcr.io",)))
    assert "the profile stock does without it" in pins[2].why
    assert spark(project).build.source is not None
    assert spark(project).build.base.endswith(DIGEST)


def test_a_pinned_image_is_asked_for_again_only_when_that_is_said(project: Project) -> None:
    pin_images(project, spark(project), FakeRegistry())
    registry = FakeRegistry()
    pin_images(project, spark(project), registry)
    assert registry.asked == []
    pins = pin_images(project, spark(project), registry, again=True)
    assert [pin.now for pin in pins if pin.key == "build.proxy_base"] == [f"debian:bookworm-slim@{DIGEST}"]


def test_what_runs_beside_the_service_is_pinned_too(project: Project) -> None:
    loose = "edge:\n  connector: cloudflare/cloudflared:2026.7.3\n"
    (project.hosts / "spark.yaml").write_text(SPARK.replace("edge:\n", loose), encoding="utf-8")
    pins = {pin.key: pin.now for pin in pin_images(project, spark(project), FakeRegistry())}
    assert pins["edge.connector"] == f"cloudflare/cloudflared:2026.7.3@{DIGEST}"
    assert "unpinned-base" not in spark(project).waivers
