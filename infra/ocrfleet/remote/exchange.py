"""One command on one channel: its input is written while its output is read, so neither side waits for the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from paramiko import Channel, SSHException  # noqa: TID251  part of what ssh.py does

from ocrfleet.remote.session import Result

CHUNK = 65536
GONE = (OSError, EOFError, SSHException)


class Closable(Protocol):
    """What can be ended from another thread."""

    def close(self) -> None: ...


class Exchange:
    """Runs a command; `silence` is the longest time in seconds without a byte in either direction."""

    def __init__(self, channel: Channel, *, silence: float) -> None:
        self._channel, self._silence = channel, silence
        self._heard = time.monotonic()

    def run(self, command: str, stdin: bytes) -> Result:
        """Return what the command left; raise one of GONE when the connection ends first."""
        self._channel.settimeout(self._silence)
        with answered_within(self._silence, self._channel):
            self._channel.exec_command(command)
        out, err = bytearray(), bytearray()
        others = [self._beside(self._feed, stdin), self._beside(self._drain, err)]
        self._read(out)
        for other in others:
            other.join()
        return Result(self._code(), bytes(out), bytes(err))

    def _beside(self, work: Callable[..., None], *args: object) -> threading.Thread:
        def quietly() -> None:
            # The main thread meets the same end and reports it; a command may also end before it read its input.
            with suppress(*GONE):
                work(*args)

        thread = threading.Thread(target=quietly, daemon=True)
        thread.start()
        return thread

    def _feed(self, stdin: bytes) -> None:
        for start in range(0, len(stdin), CHUNK):
            self._channel.sendall(stdin[start : start + CHUNK])
            self._heard = time.monotonic()
        self._channel.shutdown_write()

    def _read(self, out: bytearray) -> None:
        while True:
            try:
                chunk = self._channel.recv(CHUNK)
            except TimeoutError:
                if time.monotonic() - self._heard >= self._silence:
                    raise
                continue
            if not chunk:
                return
            self._take(chunk, out)

    def _drain(self, err: bytearray) -> None:
        # It ends with the channel: a command that says nothing here may still say something on its other stream.
        while True:
            with suppress(TimeoutError):
                while chunk := self._channel.recv_stderr(CHUNK):
                    self._take(chunk, err)
                return

    def _take(self, chunk: bytes, into: bytearray) -> None:
        into += chunk
        self._heard = time.monotonic()

    def _code(self) -> int:
        """The exit code, or -1 for a command that a signal ended; a broken connection has neither."""
        if not self._channel.status_event.wait(self._silence):
            raise TimeoutError
        code = self._channel.exit_status
        if code < 0 and not (self._channel.eof_received and self._channel.get_transport().is_active()):
            raise EOFError("the connection broke")
        return code


@contextmanager
def answered_within(seconds: float, closable: Closable) -> Iterator[None]:
    """Bound the waits that paramiko does not: close what is waited on, and raise TimeoutError."""
    late = threading.Event()

    def give_up() -> None:
        late.set()
        with suppress(*GONE):
            closable.close()

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except GONE:
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
