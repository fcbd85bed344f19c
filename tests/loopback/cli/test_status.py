"""How one host is, and many: the shapes that programs rely on, and the lines that people read."""

import socket
from typing import Any

import pytest

from ocrfleet.project import Project
from tests.loopback.cli.terminal import PREVIOUS, SERVING, Ocrfleet
from tests.unit.plan.hosts import told
from tests.unit.remote.fixtures import FakeAgent, Host

JOB = {"what": "deploy", "who": "ada@desk", "key": "k", "since": 1.0}


def test_status_has_the_promised_shape(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told(serving=SERVING, previous=PREVIOUS, pinned=3, job=JOB, drift=["x"])
    ran = ocrfleet("status", "lab", "--json")
    assert ran.json == {
        "host": "lab",
        "serving": {
            "release": 3,
            "container": "ocrfleet-lab-3",
            "image": "sha256:engine",
            "since": "2023-11-14T22:15:00+00:00",
        },
        "previous": {"release": 2, "container": "ocrfleet-lab-2", "image": "sha256:engine", "since": None},
        "pinned": 3,
        "job": JOB,
        "drift": ["x"],
    }
    assert (ran.code, ran.err) == (0, "")


def test_status_of_an_empty_host_has_the_same_keys(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told()
    empty: dict[str, Any] = {"host": "lab", "serving": None, "previous": None, "pinned": None, "job": None, "drift": []}
    assert ocrfleet("status", "lab", "--json").json == empty


def test_status_for_people_names_what_to_do_about_a_pin_and_a_dead_guard(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told(serving=SERVING, stopped=True, pinned=3, guard_alive=False, drift=["x y"])
    lines = ocrfleet("status", "lab").out.splitlines()
    assert lines == [
        "serving   release 3 since 2023-11-14T22:15:00+00:00 (stopped on purpose)",
        "previous  none",
        "pinned    release 3, until: ocrfleet unpin lab",
        "guard     NOT ALIVE: ocrfleet bootstrap lab",
        "job       none",
        "drift     x y",
    ]


def test_status_names_the_job_at_work_and_how_to_join_it(ocrfleet: Ocrfleet, agent: FakeAgent) -> None:
    agent.verbs["facts"] = lambda _: told(job=JOB)
    assert "job       deploy by ada@desk; to join it: ocrfleet attach lab" in ocrfleet("status", "lab").out.splitlines()


def test_all_hosts_are_shown_in_a_table_and_one_that_is_down_does_not_hide_the_others(
    ocrfleet: Ocrfleet, agent: FakeAgent, down: str
) -> None:
    agent.verbs["facts"] = lambda _: told(serving=SERVING, previous=PREVIOUS, drift=["x"], job=JOB)
    ran = ocrfleet("status")
    header, dead, alive = ran.out.splitlines()
    assert header.split() == ["host", "serving", "since", "previous", "pinned", "guard", "job", "drift"]
    assert dead.split() == [down, "NOT", "KNOWN"]
    assert alive.split() == ["lab", "3", "2023-11-14T22:15:00+00:00", "2", "no", "alive", "deploy", "1"]
    assert f"no answer from {down}" in ran.err
    assert ran.code == 40


def test_all_hosts_are_a_list_for_programs_with_the_error_of_one_that_is_down(
    ocrfleet: Ocrfleet, agent: FakeAgent, down: str
) -> None:
    agent.verbs["facts"] = lambda _: told()
    ran = ocrfleet("status", "--json")
    dead, alive = ran.json
    assert alive == {"host": "lab", "serving": None, "previous": None, "pinned": None, "job": None, "drift": []}
    assert (dead["host"], dead["error"]["code"], dead["error"]["serving"]) == (down, 40, "not known")
    assert (set(dead["error"]), ran.code) == ({"code", "failed", "serving", "changed", "next"}, 40)


def test_hosts_are_shown_in_the_order_in_which_they_are_named_with_the_worst_exit_code(
    ocrfleet: Ocrfleet, agent: FakeAgent, down: str
) -> None:
    agent.verbs["facts"] = lambda _: told()
    ran = ocrfleet("status", "lab", "nowhere", "lab", down, "--json")
    assert [row["host"] for row in ran.json] == ["lab", "nowhere", down]
    assert [row.get("error", {}).get("code", 0) for row in ran.json] == [0, 10, 40]
    assert ran.code == 40
    assert ocrfleet("status", "lab", "nowhere").code == 10


def test_one_host_that_is_down_is_an_error_as_everywhere(ocrfleet: Ocrfleet, agent: FakeAgent, down: str) -> None:
    ran = ocrfleet("status", down)
    assert (ran.code, ran.out) == (40, "")
    assert ran.err.startswith(f"failed:  no answer from {down}")


def test_a_project_without_hosts_is_refused(ocrfleet: Ocrfleet, project: Project) -> None:
    (project.hosts / "lab.yaml").unlink()
    ran = ocrfleet("status")
    assert (ran.code, "this project has no host file" in ran.err) == (10, True)


@pytest.fixture
def down(host: Host, project: Project) -> str:
    """A second host, on whose port nobody listens."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port = plug.getsockname()[1]
    text = (project.hosts / "lab.yaml").read_text(encoding="utf-8")
    changed = text.replace(str(host.target.port), str(port)).replace("name: lab", "name: attic", 1)
    (project.hosts / "attic.yaml").write_text(changed, encoding="utf-8")
    return "attic"
