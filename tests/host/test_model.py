"""A model is fetched on the host before its engine is started, goes on after a drop or a stop, and then stays."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from lab.project import LabProject
from ocrfleet.commands.serving import MODELS
from tests.host.hub import hub
from tests.unit.agent.hubs import COMMIT, FILES, WEIGHTS

FOLDER = f"{MODELS}/acme--reader/{COMMIT}"
BYTES = f"/bytes/{WEIGHTS}"


@pytest.fixture
def empty(lab: LabProject) -> Iterator[LabProject]:
    """A host without a model."""
    yield lab
    lab.inside("rm", "-rf", MODELS)


def sums(lab: LabProject) -> str:
    return lab.script(f"cd {FOLDER} && find . -type f | sort | xargs -d '\\n' sha256sum").out


def test_up_fetches_a_model_across_drops_and_a_second_up_asks_nobody(empty: LabProject) -> None:
    with hub(empty, cuts={BYTES: [3000, 2000]}) as there:
        first = empty.deploy(**there.keys)
        assert "the hub: the answer ended" in empty.script("cat /var/lib/ocrfleet/jobs/*/log").out
        assert [begin for path, begin, _ in there.asked() if path == BYTES] == [None, "bytes=3000-", "bytes=5000-"]
    assert "trial-model" in first.out
    assert len(sums(empty).splitlines()) == len(FILES)
    assert empty.inside("docker", "exec", "ocrfleet-trial-1", "cat", "/model/config.json").out.startswith("{")
    refused = empty.inside("docker", "exec", "ocrfleet-trial-1", "sh", "-c", "echo x >/model/config.json", check=False)
    assert "Read-only file system" in refused.out
    # The hub is gone; nothing is missing.
    again = empty.deploy(**there.keys)
    assert "4 unchanged" in again.out or "unchanged" in again.out
    assert empty.serving() == 1
    assert [line["outcome"] for line in empty.remote.tell("audit", last=9)["lines"]].count("fetched") == 1


def test_a_fetch_that_is_stopped_goes_on_where_it_was_and_nothing_that_serves_is_touched(empty: LabProject) -> None:
    empty.deploy()
    with hub(empty, pause=0.5) as there:
        empty.write(**there.keys)
        words = ["ocrfleet", "deploy", empty.name]
        with subprocess.Popen(
            words, cwd=empty.root, env=empty.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as up:
            wait_for_bytes(empty)
            told = empty.ocrfleet("abort", empty.name)
            said, _ = up.communicate(timeout=60)
        assert (told.code, up.returncode) == (0, 20), said.decode()
        assert "was asked to stop" in said.decode()
        assert empty.serving() == 1
        kept = int(empty.script(f"stat -c %s {FOLDER}.partial/{WEIGHTS}").out)
        assert 0 < kept < len(FILES[WEIGHTS])
        empty.deploy(**there.keys)
        assert [begin for path, begin, _ in there.asked() if path == BYTES][-1] == f"bytes={kept}-"
    assert empty.serving() == 2


def test_a_model_that_is_damaged_is_fetched_again_and_a_hub_without_it_is_told(empty: LabProject) -> None:
    with hub(empty) as there:
        empty.deploy(**there.keys)
        before = sums(empty)
        empty.inside("sh", "-c", f"echo damage >{FOLDER}/{WEIGHTS}")
        planned = empty.ocrfleet("plan", empty.name)
        assert f"model: to be fetched, {WEIGHTS} has 7 bytes" in planned.out
        empty.deploy(**there.keys)
        assert sums(empty) == before
        missing = empty.up(**{**there.keys, "model__revision": "f" * 40})
    assert "the hub has no acme/reader at ffffffffffff" in missing.out
    assert "(ocrfleet exit code 10)" in missing.out
    assert empty.serving() == 1


def wait_for_bytes(lab: LabProject) -> None:
    """Wait until something of the weights is there."""
    deadline = time.monotonic() + 60
    while lab.script(f"stat -c %s {FOLDER}.partial/{WEIGHTS} 2>/dev/null || echo 0").out.strip() == "0":
        assert time.monotonic() < deadline
        time.sleep(0.2)
