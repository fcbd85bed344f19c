"""A host that does not answer is unreachable within the time its file allows, whatever the way in which it does not."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import paramiko  # noqa: TID251  the other end of the wire
import pytest

from ocrfleet.errors import Unreachable
from tests.unit.remote.fixtures import Host

UNCHANGED = "nothing"
UNKNOWN = "not known; the connection ended before the answer"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes longer."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


def unreachable(host: Host, **changes: object) -> Unreachable:
    with host.session(**changes) as session, pytest.raises(Unreachable) as error:
        session.run(("true",))
    return error.value


@pytest.fixture
def mute() -> Iterator[socket.socket]:
    """A listener that lets the system accept and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_a_closed_port_is_unreachable_at_once(host: Host, mute: socket.socket) -> None:
    port = mute.getsockname()[1]
    mute.close()
    with within(1):
        error = unreachable(host, port=port)
    assert (error.code, error.changed) == (40, UNCHANGED)
    assert error.failed == f"no answer from trial: Unable to connect to port {port} on 127.0.0.1"


def test_a_machine_that_accepts_and_never_speaks_is_unreachable_in_time(host: Host, mute: socket.socket) -> None:
    with within(1):
        error = unreachable(host, port=mute.getsockname()[1], connect_seconds=0.4)
    assert "it did not answer in time" in error.failed or "protocol banner" in error.failed


def test_a_machine_that_hangs_up_is_unreachable_at_once(host: Host, mute: socket.socket) -> None:
    def hang_up() -> None:
        mute.accept()[0].close()

    threading.Thread(target=hang_up, daemon=True).start()
    with within(2):
        unreachable(host, port=mute.getsockname()[1])


@pytest.mark.parametrize("put", [False, True], ids=["run", "put"])
def test_a_server_that_does_not_answer_a_request_is_unreachable_in_time(host: Host, put: bool) -> None:
    host.like.answers_requests = False
    with host.session(connect_seconds=0.4, answer_seconds=0.4) as session, within(1.2), pytest.raises(Unreachable):
        session.put(b"", "/var/lib/ocrfleet/agent/x", mode=0o600) if put else session.run(("true",))


def test_a_connection_that_breaks_in_the_middle_of_a_command_is_told_and_not_called_unchanged(host: Host) -> None:
    def break_off(_command: str, channel: paramiko.Channel) -> int:
        channel.sendall(b"half of ")
        host.server.drop()
        return 0

    host.like.shell = break_off
    assert unreachable(host).changed == UNKNOWN


def test_the_next_command_opens_a_new_connection(host: Host) -> None:
    with host.session() as session:
        session.run(("first",))
        host.server.drop()
        assert host.server.live() == 0
        with suppress(Unreachable):
            session.run(("lost",))
        assert session.run(("second",)).code == 0
    assert host.like.commands[-1] == "second"


def test_one_connection_is_enough_for_many_commands_and_files(host: Host) -> None:
    with host.session() as session:
        for number in range(5):
            session.run(("true", str(number)))
            session.put(b"x", f"/var/lib/ocrfleet/agent/{number}", mode=0o600)
    assert len(host.server.transports) == 1


def test_threads_share_one_connection(host: Host) -> None:
    with host.session() as session:
        threads = [threading.Thread(target=session.run, args=(("true",),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(host.like.commands), len(host.server.transports)) == (8, 1)


def test_a_silent_command_is_given_up_and_the_connection_is_kept_for_the_others(host: Host) -> None:
    host.like.shell = lambda command, _: time.sleep(1 if command == "slow" else 0)
    with host.session() as session:
        with within(0.9), pytest.raises(Unreachable, match="it did not answer in time"):
            session.run(("slow",), silence=0.3)
        host.like.shell = lambda *_: 0
        assert session.run(("quick",)).code == 0
    assert len(host.server.transports) == 1


@pytest.mark.parametrize("stream", ["out", "err"])
def test_a_command_that_keeps_talking_may_take_longer_than_the_longest_silence(host: Host, stream: str) -> None:
    def talk(_command: str, channel: paramiko.Channel) -> int:
        for _ in range(4):
            time.sleep(0.1)
            (channel.sendall if stream == "out" else channel.sendall_stderr)(b".")
        return 0

    host.like.shell = talk
    with host.session() as session:
        done = session.run(("talk",), silence=0.2)
    assert (done.out if stream == "out" else done.err) == b"." * 4


def test_a_process_that_a_signal_ended_is_not_a_broken_connection(host: Host) -> None:
    host.like.shell = lambda *_: None
    with host.session() as session:
        assert session.run(("killed",)).code == -1
        assert session.run(("killed",)).code == -1


def test_closing_ends_the_connection_and_the_next_use_opens_another(host: Host) -> None:
    with host.session() as session:
        session.run(("true",))
        session.close()
        assert host.server.live() == 0
        session.run(("true",))
    assert (host.server.live(), len(host.server.transports)) == (0, 2)
