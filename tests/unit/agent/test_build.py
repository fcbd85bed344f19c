"""An image is built once per content, and nothing of the build stays behind but the image."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent.build import Plan, build
from ocrfleet.agent.builder import find_builder
from ocrfleet.agent.errors import Damaged, HostError, Refused, Restored
from ocrfleet.agent.names import content_digest, digest, fingerprint
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted

CONTEXT = b"a tar file"
UPLOAD = hashlib.sha256(CONTEXT).hexdigest()
REFERENCE = f"ocrfleet/lab-engine:{fingerprint('c0ffee', {'debian:12': 'sha256:debian'}, 'amd64')}"

BUILDERS: dict[str, tuple[dict[str, str], tuple[str, ...] | None]] = {
    "buildx": ({"docker": "28.2.2 buildx"}, ("docker", "buildx", "build", "--load")),
    "buildx and an old client": ({"docker": "20.10.24 buildx"}, ("docker", "buildx", "build", "--load")),
    "buildx in the other client": (
        {"docker": "28.2.2", "/usr/bin/docker": "26.1.5 buildx"},
        ("/usr/bin/docker", "buildx", "build", "--load"),
    ),
    "an old client": ({"docker": "20.10.24"}, ("docker", "build")),
    "the last old client": ({"docker": "22.06.0"}, ("docker", "build")),
    "an old client second": ({"docker": "28.2.2", "/usr/bin/docker": "20.10.24"}, ("/usr/bin/docker", "build")),
    "a new client without buildx": ({"docker": "23.0.0"}, None),
    "no client": ({}, None),
}


def plan(**changes: Any) -> Plan:
    known = {
        "host": "lab",
        "name": "engine",
        "context": "c0ffee",
        "upload": UPLOAD,
        "bases": ["debian:12"],
        "arch": "amd64",
        "secrets": ["pip_index"],
        "limit_seconds": 4500.0,
    }
    return Plan.parse({**known, **changes})


@pytest.fixture
def ready(host: Host) -> Host:
    """A host to which a context and a secret were sent, where a build makes its image."""
    host.docker.images["debian:12"] = "sha256:debian"
    send(host)

    def succeed(argv: list[str]) -> int:
        tag = next(word.removeprefix("--tag=") for word in argv if word.startswith("--tag="))
        host.docker.images[tag] = "sha256:built"
        return 0

    host.world.build = succeed
    return host


def send(host: Host) -> None:
    """Put a context and a secret there, as the operator's side does before every build."""
    host.home.upload(UPLOAD).write_bytes(CONTEXT)
    host.secret("pip_index", f"build-{UPLOAD}", "https://user:pass@index")


def run(host: Host, wish: Plan | None = None) -> dict[str, Any]:
    return build(host.site, wish or plan(), who="ana@mac", log=host.home.root / "log")


def left_behind(host: Host) -> list[Path]:
    folders = (host.home.upload(UPLOAD), host.home.secret(f"build-{UPLOAD}", "x").parent)
    return [path for path in folders if path.exists()]


def test_an_image_is_built_from_the_context_with_its_secrets(ready: Host) -> None:
    assert run(ready) == {"reference": REFERENCE, "image": "sha256:built", "built": True}
    argv, stdin, env = ready.world.streamed[0]
    secret = ready.home.secret(f"build-{UPLOAD}", "pip_index")
    assert argv == [
        "docker",
        "buildx",
        "build",
        "--load",
        "--progress=plain",
        f"--tag={REFERENCE}",
        "--label=ocrfleet.host=lab",
        f"--secret=id=pip_index,src={secret}",
        "-",
    ]
    assert (stdin, env) == (CONTEXT, {})


def test_an_image_that_is_there_is_not_built_again(ready: Host) -> None:
    run(ready)
    send(ready)
    assert run(ready)["image"] == "sha256:built"
    assert len(ready.world.streamed) == 1


def test_an_image_that_is_there_needs_no_context(ready: Host) -> None:
    ready.docker.images[REFERENCE] = "sha256:there"
    ready.home.upload(UPLOAD).unlink()
    assert run(ready)["image"] == "sha256:there"


def test_an_old_client_builds_with_buildkit_switched_on(ready: Host) -> None:
    ready.docker.clients = {"docker": "20.10.24"}
    run(ready)
    assert ready.world.streamed[0][2] == {"DOCKER_BUILDKIT": "1"}


@pytest.mark.parametrize("name", BUILDERS)
def test_the_builder_is_chosen_by_what_is_there(host: Host, name: str) -> None:
    clients, words = BUILDERS[name]
    host.docker.clients = clients
    if words is not None:
        assert find_builder(host.world).words == words
    else:
        with pytest.raises(Refused, match="cannot build images") as refused:
            find_builder(host.world)
        assert "docker-buildx-plugin" in refused.value.fix


def test_the_name_of_an_image_says_everything_that_is_in_it(ready: Host) -> None:
    names = set()
    for change in ({}, {"context": "other"}, {"arch": "arm64"}, {"name": "proxy"}):
        send(ready)
        names.add(run(ready, plan(**change))["reference"])
    send(ready)
    ready.docker.images["debian:12"] = "sha256:newer"
    assert len({*names, run(ready)["reference"]}) == 5


def test_a_base_without_a_digest_that_is_not_there_is_refused(ready: Host) -> None:
    with pytest.raises(Refused, match="the base image alpine:3 is not on the host"):
        run(ready, plan(bases=["alpine:3"]))
    assert left_behind(ready) == []


def test_a_base_with_a_digest_need_not_be_there(ready: Host) -> None:
    assert run(ready, plan(bases=["vllm/vllm-openai@sha256:abc"]))["image"] == "sha256:built"


@pytest.mark.parametrize("sent", [b"another file", b"", None])
def test_a_context_that_did_not_arrive_as_it_was_sent_is_not_built(ready: Host, sent: bytes | None) -> None:
    ready.home.upload(UPLOAD).unlink()
    if sent is not None:
        ready.home.upload(UPLOAD).write_bytes(sent)
    with pytest.raises(Damaged, match="did not arrive as it was sent"):
        run(ready)
    assert (ready.world.streamed, left_behind(ready)) == ([], [])


def test_a_secret_that_did_not_arrive_is_said_before_the_build(ready: Host) -> None:
    with pytest.raises(Damaged, match="the build secret ca_bundle did not arrive"):
        run(ready, plan(secrets=["ca_bundle", "pip_index"]))
    assert (ready.world.streamed, left_behind(ready)) == ([], [])


def fail_with(ready: Host, code: int) -> HostError:
    ready.world.build = lambda _: code
    (ready.home.root / "log").write_text("".join(f"line {number}\n" for number in range(1, 41)))
    with pytest.raises(HostError) as failed:
        run(ready)
    return failed.value


def test_a_build_that_fails_shows_its_last_twenty_lines(ready: Host) -> None:
    failed = fail_with(ready, 1)
    lines = failed.failed.splitlines()
    assert isinstance(failed, Restored)
    assert lines[0] == "the image engine did not build (exit code 1); the last lines:"
    assert lines[1:] == [f"line {number}" for number in range(21, 41)]


def test_a_build_that_takes_too_long_says_so(ready: Host) -> None:
    assert fail_with(ready, 124).failed.startswith("the image engine did not build (no end after 4500 s)")


def test_a_build_that_leaves_no_image_has_failed(ready: Host) -> None:
    assert "did not build" in fail_with(ready, 0).failed


@pytest.mark.parametrize("code", [0, 1])
def test_context_and_secrets_are_gone_after_every_build(ready: Host, code: int) -> None:
    if code:
        fail_with(ready, code)
    else:
        run(ready)
    assert left_behind(ready) == []


def test_context_and_secrets_are_gone_when_a_build_is_broken_off(ready: Host) -> None:
    ready.world.break_on("stream", "raise", KeyError("x"))
    with pytest.raises(KeyError):
        run(ready)
    assert left_behind(ready) == []


def test_a_build_that_is_asked_to_stop_says_so_and_leaves_nothing_behind(ready: Host) -> None:
    ready.world.break_on("stream", "raise", SystemExit("asked to stop (SIGTERM)"))
    with pytest.raises(Restored, match=r"the build of the image engine was asked to stop \(SIGTERM\)") as stopped:
        run(ready)
    assert stopped.value.fix == "run this again; finished steps are kept"
    assert left_behind(ready) == []


def test_a_build_is_one_job_whoever_asks(ready: Host) -> None:
    ready.world.later = []
    wish = {**plan().__dict__, "bases": ["debian:12"], "secrets": ["pip_index"]}
    assert ready.ask("build", plan=wish)["result"]["job"] == ready.ask("build", plan=wish)["result"]["job"]


def test_a_build_does_not_keep_a_rollback_waiting(ready: Host) -> None:
    seen: list[bool] = []

    def look(_: list[str]) -> int:
        with ready.alone():
            seen.append(True)
        return 1

    ready.world.build = look
    with pytest.raises(Restored):
        run(ready)
    assert seen == [True]


def test_names_do_not_depend_on_the_order_of_keys() -> None:
    wish = wanted("one")
    assert digest(wish) == digest(dict(reversed(wish.items())))
    assert content_digest({"a": "1", "b": "2"}) == content_digest({"b": "2", "a": "1"})


def test_a_build_that_fails_for_a_known_cause_names_it(ready: Host) -> None:
    def fill_the_disk(_: list[str]) -> int:
        (ready.home.root / "log").write_text("#9 ERROR: failed to copy: write /var/lib/x: no space left on device\n")
        return 1

    ready.world.build = fill_the_disk
    with pytest.raises(Restored, match="the cause, by its log: the disk is full") as failed:
        run(ready)
    assert failed.value.fix.startswith("ocrfleet prune HOST --plan shows what can go")
