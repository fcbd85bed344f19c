"""Every byte of input arrives, every byte of output comes back, and neither side waits for the other for ever."""

import hashlib
import shlex

import paramiko  # noqa: TID251  the other end of the wire
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.remote.fixtures import CHUNK, Host, everything

FIVE_MB = bytes(range(256)) * 20_000
ODD_WORDS = ("printf", "%s", "two words", "it's", "$(reboot)", "`x`", "a\nb", "", "ü", "*", "~", "\\")


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def echo(_command: str, channel: paramiko.Channel) -> int:
    """Send input back while it still comes."""
    while chunk := channel.recv(CHUNK):
        channel.sendall(chunk)
    return 0


def test_five_megabytes_of_input_arrive_whole(host: Host) -> None:
    def shell(_command: str, channel: paramiko.Channel) -> int:
        channel.sendall(digest(everything(channel)))
        return 0

    host.like.shell = shell
    with host.session() as session:
        assert session.run(("sha256sum",), stdin=FIVE_MB).out == digest(FIVE_MB)


def test_output_that_comes_while_input_is_still_sent_does_not_stop_it(host: Host) -> None:
    host.like.shell = echo
    with host.session() as session:
        assert session.run(("cat",), stdin=FIVE_MB).out == FIVE_MB


def test_a_flood_on_the_other_stream_stops_nothing(host: Host) -> None:
    def shell(_command: str, channel: paramiko.Channel) -> int:
        channel.sendall_stderr(FIVE_MB)
        channel.sendall(digest(everything(channel)))
        return 3

    host.like.shell = shell
    with host.session() as session:
        done = session.run(("noisy",), stdin=b"x" * 3_000_000)
    assert (done.code, done.out, done.err) == (3, digest(b"x" * 3_000_000), FIVE_MB)


def test_a_command_that_ends_before_it_read_its_input_still_has_a_result(host: Host) -> None:
    def shell(_command: str, channel: paramiko.Channel) -> int:
        channel.sendall_stderr(b"python3: can't open file\n")
        return 2

    host.like.shell = shell
    with host.session() as session:
        done = session.run(("python3", "missing.pyz"), stdin=FIVE_MB)
    assert (done.code, done.err) == (2, b"python3: can't open file\n")


@pytest.mark.parametrize("code", [0, 1, 127, 255])
def test_the_exit_code_comes_back(host: Host, code: int) -> None:
    host.like.shell = lambda *_: code
    with host.session() as session:
        assert session.run(("x",)).code == code


def test_a_command_travels_as_words_and_never_as_shell(host: Host) -> None:
    with host.session() as session:
        session.run(ODD_WORDS)
    assert tuple(shlex.split(host.like.commands[0])) == ODD_WORDS


def test_any_bytes_come_back_as_they_went(host: Host) -> None:
    host.like.shell = echo

    @settings(max_examples=20)
    @given(st.binary(max_size=100_000))
    def comes_back(content: bytes) -> None:
        assert session.run(("cat",), stdin=content).out == content

    with host.session() as session:
        comes_back()
