"""Whatever happens behind the door, the operator gets one line of JSON and an exit code that says the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.agent import locks
from ocrfleet.agent.__main__ import answer, usage
from ocrfleet.agent.site import Site
from tests.unit.agent.host import Host
from tests.unit.agent.wanted import OWNER, wanted

RUN = """
import sys
from pathlib import Path
from ocrfleet.agent import home
home.Home.__dataclass_fields__  # the layout is the real one
from ocrfleet.agent.__main__ import main
sys.exit(main(["agent.pyz", *sys.argv[1:]]))
"""


def run(*argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, *argv],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("argv", [[], ["nope"], ["facts", "more"]])
def test_what_is_no_verb_gets_the_usage_and_64(argv: list[str]) -> None:
    done = run(*argv)
    assert (done.returncode, done.stdout, done.stderr) == (64, "", usage() + "\n")


def test_every_verb_is_in_the_usage() -> None:
    questions, jobs = "facts releases manifest logs audit keys", "build fetch deploy rollback unpin job jobs abort"
    last = "ask prune prunable stop start destroy admit promote note acknowledge guard"
    verbs = f"{questions} check outlook probe current {jobs} {last}"
    assert f"{{{verbs.replace(' ', '|')}}}" in usage()


def test_a_refusal_is_an_answer(host: Host) -> None:
    assert host.ask("logs", release=7, tail=10) == {
        "error": {
            "code": 10,
            "failed": "there is no release 7 on this host",
            "serving": "nothing",
            "changed": "nothing",
            "next": "ocrfleet releases lab",
        }
    }


def test_a_command_that_fails_is_an_answer(serving: Host) -> None:
    serving.world.break_on("docker stop")
    error = serving.job("stop")["error"]
    assert error["code"] == 30
    assert error["failed"] == (
        "release 1 was not stopped to the end: docker stop --time=30 exited with 1: broken by the test"
    )
    assert error["next"] == "ocrfleet stop lab to finish it, or ocrfleet start lab"


def test_a_proxy_that_does_not_answer_is_an_answer(serving: Host) -> None:
    serving.job("stop")
    serving.world.break_on("GET /", "before")
    assert serving.job("start")["error"]["code"] == 30


def test_what_nobody_thought_of_is_an_answer(host: Host) -> None:
    error = host.ask("manifest")["error"]
    assert (error["code"], error["failed"], error["changed"]) == (40, "manifest: KeyError('release')", "not known")


def test_a_folder_that_cannot_be_made_is_an_answer(host: Host, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    other = Host(tmp_path / "other")
    object.__setattr__(other.home, "root", tmp_path / "file")
    error = answer(Site(other.world, other.home, print), "facts", {"host": "lab"})["error"]
    assert error["code"] == 40


def test_somebody_at_work_is_told_with_evidence(serving: Host) -> None:
    with serving.alone():
        error = serving.job("stop")["error"]
    assert error["code"] == 50
    assert (
        error["failed"]
        == f"another job is at work on this host: test by ana@mac, since 2026-01-01 01:23:22 UTC, pid {os.getpid()}"
    )


def test_a_verb_waits_for_the_guard_which_is_quick(serving: Host) -> None:
    handle = locks.acquire(serving.world, serving.home.cutover_lock, {"what": "guard", "who": "guard"})
    serving.outside.at(serving.outside.seconds + 5, lambda: os.close(handle))
    assert serving.ask("unpin") == {"result": {"was_pinned": None}}


def test_a_deploy_is_a_job_with_a_key_and_a_state(host: Host) -> None:
    done = host.ask("deploy", wanted=wanted("one"), owner=OWNER)["result"]
    assert done["state"] == "started"
    assert host.ask("job", key=done["job"], offset=0, wait=8)["result"]["exit"] == {
        "code": 0,
        "result": {"outcome": "deployed", "release": 1},
    }


def test_the_same_wish_on_the_same_host_is_the_same_job(host: Host) -> None:
    host.world.later = []
    keys = [host.ask("deploy", wanted=wish, owner=OWNER)["result"]["job"] for wish in WISHES]
    assert keys[0] == keys[1] != keys[2]


WISHES = (wanted("one"), wanted("one"), wanted("two"))


def test_the_same_wish_on_a_changed_host_is_another_job(serving: Host) -> None:
    serving.world.later = []
    first = serving.ask("deploy", wanted=wanted("two"), owner=OWNER)["result"]["job"]
    serving.world.later = None
    serving.job("stop")
    serving.world.later = []
    assert serving.ask("deploy", wanted=wanted("two"), owner=OWNER)["result"]["job"] != first


def test_a_release_tells_what_it_runs(serving: Host) -> None:
    assert serving.ask("manifest", release=1) == {"result": {"wanted": wanted("one"), "acknowledged": False}}


def test_the_logs_of_a_release_are_those_of_its_container(serving: Host) -> None:
    serving.docker.logs["sha256:one"] = "ready\n"
    assert serving.ask("logs", tail=100) == {"result": {"release": 1, "text": "ready\n"}}


def test_the_logs_of_a_release_whose_container_is_gone_are_the_kept_ones(serving: Host) -> None:
    (serving.home.release(1) / "log").write_text("kept\n")
    serving.docker.boxes.clear()
    assert serving.ask("logs", tail=100) == {"result": {"release": 1, "text": "kept\n"}}


def test_the_releases_are_listed_with_the_one_that_serves(serving: Host) -> None:
    serving.deploy(wanted("two"))
    listed = serving.ask("releases")["result"]
    assert ([one["release"] for one in listed["releases"]], listed["serving"]) == ([1, 2], 2)


def ask(host: Host, **more: Any) -> dict[str, Any]:
    payload = {"method": "GET", "path": "/v1/models", "seconds": 5.0, **more}
    return host.ask("ask", **payload)


def test_a_request_goes_through_the_proxy_with_a_valid_key(serving: Host) -> None:
    done = ask(serving)["result"]
    assert (done["status"], json.loads(done["body"])["data"][0]["id"], done["release"]) == (200, "tesseract", 1)


def test_a_request_without_a_key_shows_that_the_door_is_locked(serving: Host) -> None:
    assert ask(serving, keyless=True)["result"]["status"] == 401


def test_where_nothing_serves_a_request_is_refused(host: Host) -> None:
    assert ask(host)["error"]["failed"] == "nothing is serving on this host"
