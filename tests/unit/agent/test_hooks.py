"""The owner's programs hear of every change; one of them may refuse it, the others change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.hooks import HOOKS
from ocrfleet.agent.world import Done
from tests.unit.agent.behaviour import Behaviour
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

SAID_NO = Done(3, "one\nthere is a demo at ten\n", "")


@pytest.fixture
def hooked(serving: Host) -> Host:
    """A host where release 1 serves, with every hook."""
    serving.hook(*HOOKS)
    return serving


def deploy(host: Host, image: str) -> dict[str, Any]:
    return host.job("deploy", wanted=wanted(image), owner=OWNER)


def called(host: Host) -> list[str]:
    return [told["hook"] for told in host.world.hooked]


def test_a_deploy_is_announced_and_told_when_it_is_done(hooked: Host) -> None:
    deploy(hooked, "two")
    before, after = hooked.world.hooked
    assert (before["hook"], after["hook"]) == ("pre-deploy", "post-deploy")
    told = {"host": "lab", "what": "deploy", "who": "ana@mac", "from": 1, "to": 2, "image": "sha256:two"}
    assert before.items() >= told.items()
    assert after.items() >= told.items()
    assert len(before["job"]) == 16
    assert after["at"] > before["at"]


def test_a_failure_is_told_with_its_code_and_its_words(hooked: Host) -> None:
    hooked.image("two", Behaviour(text="lorem ipsum"))
    deploy(hooked, "two")
    assert called(hooked) == ["pre-deploy", "on-failure"]
    told = hooked.world.hooked[-1]
    assert (told["code"], told["from"], told["to"]) == (20, 1, 2)
    assert told["failed"].startswith("release 2 did not take over: golden page")


def test_a_rollback_is_told_and_asks_nobody(hooked: Host) -> None:
    hooked.deploy(wanted("two"))
    hooked.world.hooked.clear()
    hooked.job("rollback")
    (told,) = hooked.world.hooked
    assert told.items() >= {"hook": "on-rollback", "what": "rollback", "from": 2, "to": 1, "host": "lab"}.items()


def test_a_rollback_that_fails_is_a_failure(hooked: Host) -> None:
    hooked.deploy(wanted("two"))
    hooked.image("one", Behaviour(text="lorem ipsum"))
    hooked.world.hooked.clear()
    hooked.job("rollback")
    assert called(hooked) == ["on-failure"]


def test_a_deploy_that_is_refused_by_its_hook_changes_nothing(host: Host) -> None:
    host.hook("pre-deploy")
    host.world.hooks["pre-deploy"] = SAID_NO
    before = {path: path.read_bytes() for path in host.home.root.rglob("*.json")}
    ended = deploy(host, "one")
    assert ended["code"] == 10
    assert ended["error"]["failed"] == (
        "the hook pre-deploy ended with exit code 3; its last lines:\none\nthere is a demo at ten"
    )
    assert ended["error"]["next"].endswith(f"chmod -x {host.home.hook('pre-deploy')}")
    assert (host.states, host.docker.boxes, host.home.owner.exists()) == ({}, {}, False)
    assert before.items() <= {path: path.read_bytes() for path in host.home.root.rglob("*.json")}.items()


def test_a_hook_that_does_not_end_refuses_too(hooked: Host) -> None:
    hooked.world.hooks["pre-deploy"] = Done(124, "", "")
    assert deploy(hooked, "two")["error"]["failed"] == "the hook pre-deploy did not end within 60 s"
    assert hooked.states == {1: "good"}


@pytest.mark.parametrize("name", ["post-deploy", "on-failure", "on-rollback"])
def test_the_others_fail_without_changing_how_it_went(hooked: Host, name: str) -> None:
    hooked.world.hooks[name] = SAID_NO
    codes = [deploy(hooked, "two")["code"]]
    hooked.image("bad", Behaviour(text="lorem ipsum"))
    codes += [deploy(hooked, "bad")["code"], hooked.job("rollback")["code"]]
    assert codes == [0, 20, 0]
    (said,) = [line for line in hooked.said if line.startswith(f"the hook {name}")]
    assert "exit code 3" in said
    assert hooked.unrest() == []


@pytest.mark.parametrize("name", ["post-deploy", "on-failure"])
def test_a_hook_that_cannot_be_called_at_all_changes_nothing_either(hooked: Host, name: str) -> None:
    hooked.image("bad", Behaviour(text="lorem ipsum"))
    hooked.world.break_on(f"hook {name}", error=OSError("gone"))
    assert deploy(hooked, "two" if name == "post-deploy" else "bad")["code"] in {0, 20}
    assert f"the hook {name} could not be called: gone" in hooked.said


def test_nobody_is_asked_where_nothing_would_change(hooked: Host) -> None:
    deploy(hooked, "one")
    hooked.box(1).running = False
    deploy(hooked, "one")
    deploy(hooked, "missing")
    assert called(hooked) == []


def test_a_file_that_is_not_executable_is_no_hook(hooked: Host) -> None:
    hooked.home.hook("pre-deploy").chmod(0o644)
    hooked.world.hooks["pre-deploy"] = SAID_NO
    assert deploy(hooked, "two")["code"] == 0
    assert called(hooked) == ["post-deploy"]


def test_hooks_outlive_a_destroy(hooked: Host) -> None:
    hooked.ask("destroy", owner=OWNER)
    assert hooked.home.hook("pre-deploy").exists()


def test_a_refusal_is_no_failure(hooked: Host) -> None:
    hooked.world.hooks["pre-deploy"] = SAID_NO
    with pytest.raises(Refused):
        hooked.deploy(wanted("two"))
    assert called(hooked) == ["pre-deploy"]


def test_what_fails_once_the_release_serves_is_no_failure_of_the_release(hooked: Host) -> None:
    """A key that the release does not name any more is forgotten after all else."""
    wish = {**wanted("two", proxy__api_keys=["other"]), "secrets": {"other": "v9"}}
    hooked.secret("other", "v9", "n" * 32)
    before = hooked.photograph()
    hooked.world.calls.clear()
    hooked.job("deploy", wanted=wish, owner=OWNER)
    last = max(n for n, call in enumerate(hooked.world.calls, 1) if call == "save keys.json")
    hooked.go_back(before)
    hooked.world.hooked.clear()
    hooked.world.break_at(last, "before")
    assert (hooked.job("deploy", wanted=wish, owner=OWNER)["code"], hooked.serves()) == (40, 2)
    assert called(hooked) == ["pre-deploy", "post-deploy"]
