"""An image is built once per content, and its name says everything that is in it."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import Restored
from ocrfleet.agent.names import content_digest, digest, fingerprint
from tests.unit.agent.builds import CONTEXT, UPLOAD, plan, run, send
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted

REFERENCE = f"ocrfleet/lab-engine:{fingerprint('c0ffee', {'debian:12': 'sha256:debian'}, 'amd64')}"


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
        f"--label=ocrfleet.reference={REFERENCE}",
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


def test_the_name_of_an_image_says_everything_that_is_in_it(ready: Host) -> None:
    names = set()
    for change in ({}, {"context": "other"}, {"arch": "arm64"}, {"name": "proxy"}):
        send(ready)
        names.add(run(ready, plan(**change))["reference"])
    send(ready)
    ready.docker.images["debian:12"] = "sha256:newer"
    assert len({*names, run(ready)["reference"]}) == 5


def test_a_base_with_a_digest_need_not_be_there(ready: Host) -> None:
    assert run(ready, plan(bases=["vllm/vllm-openai@sha256:abc"]))["image"] == "sha256:built"


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
