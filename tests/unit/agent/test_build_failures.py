"""A build that fails says why, and nothing of it stays behind."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import Damaged, HostError, Refused, Restored
from tests.unit.agent.builds import UPLOAD, left_behind, plan, run
from tests.unit.agent.host import Host


def test_a_base_without_a_digest_that_is_not_there_is_refused(ready: Host) -> None:
    with pytest.raises(Refused, match="the base image alpine:3 is not on the host"):
        run(ready, plan(bases=["alpine:3"]))
    assert left_behind(ready) == []


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


def test_a_build_that_fails_for_a_known_cause_names_it(ready: Host) -> None:
    def fill_the_disk(_: list[str]) -> int:
        (ready.home.root / "log").write_text("#9 ERROR: failed to copy: write /var/lib/x: no space left on device\n")
        return 1

    ready.world.build = fill_the_disk
    with pytest.raises(Restored, match="the cause, by its log: the disk is full") as failed:
        run(ready)
    assert failed.value.fix.startswith("ocrfleet prune HOST --plan shows what can go")
