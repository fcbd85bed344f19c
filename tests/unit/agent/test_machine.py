"""The real machine: files that survive, commands that end, answers within their time."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ocrfleet.agent.errors import CommandFailed
from ocrfleet.agent.machine import Machine

PYTHON = sys.executable


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "reserve")


class Server:
    """Answers one request that ends as it `wants` with a piece every `pause` seconds."""

    def __init__(self, *pieces: bytes, pause: float = 0.0, wants: bytes = b"\r\n\r\n") -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.got = b""
        self._wants = wants
        self._pieces, self._pause = pieces, pause
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._socket.accept()
            with connection:
                while self._wants not in self.got:
                    self.got += connection.recv(65536)
                for piece in self._pieces:
                    connection.sendall(piece)
                    time.sleep(self._pause)

    def close(self) -> None:
        self._socket.close()
        self._thread.join()


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    started: list[Server] = []
    yield started
    for server in started:
        server.close()


def ask(machine: Machine, url: str, seconds: float = 5.0, body: bytes | None = None) -> tuple[int, bytes, bool]:
    method = "GET" if body is None else "POST"
    reply = machine.ask(method, f"{url}/health", body=body, headers={"X-A": "b"}, seconds=seconds)
    return reply.status, reply.body, reply.late


def test_a_request_is_sent_and_answered(machine: Machine, servers: list[Server]) -> None:
    servers.append(Server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", wants=b"{}"))
    assert ask(machine, servers[0].url, body=b"{}") == (200, b"ok", False)
    assert servers[0].got.startswith(b"POST /health HTTP/1.1\r\n")
    assert servers[0].got.endswith(b"\r\n\r\n{}")


def test_an_answer_without_a_length_is_read_to_its_end(machine: Machine, servers: list[Server]) -> None:
    servers.append(Server(b"HTTP/1.0 503 Busy\r\n\r\n", b"not ", b"ready"))
    assert ask(machine, servers[0].url) == (503, b"not ready", False)


def test_where_nobody_listens_there_is_no_answer_and_it_is_not_late(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    status, body, late = ask(machine, f"http://127.0.0.1:{port}")
    assert (status, late) == (0, False)
    assert b"refused" in body


DRIPS = {
    "nothing": (b"",),
    "headers that drip": tuple(bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200),
    "a body that drips": (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", *[b"x"] * 100),
    "a body without an end": (b"HTTP/1.0 200 OK\r\n\r\n", *[b"x"] * 100),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_a_slow_drip_ends_at_the_deadline(machine: Machine, servers: list[Server], drip: str) -> None:
    servers.append(Server(*DRIPS[drip], pause=0.02 if len(DRIPS[drip]) > 1 else 0.6))
    started = time.monotonic()
    assert ask(machine, servers[0].url, seconds=0.3) == (0, b"no end of an answer within 0 s", True)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("nonsense", [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
def test_an_answer_that_is_none_says_why(machine: Machine, servers: list[Server], nonsense: bytes) -> None:
    servers.append(Server(nonsense))
    status, body, late = ask(machine, servers[0].url)
    assert (status, late) == (0, False)
    assert body


def test_an_endless_answer_is_cut(machine: Machine, servers: list[Server]) -> None:
    servers.append(Server(b"HTTP/1.0 200 OK\r\n\r\n", *[b"x" * 1_000_000] * 30))
    assert ask(machine, servers[0].url) == (0, b"the answer is too long", False)


def test_a_command_tells_how_it_ended(machine: Machine) -> None:
    done = machine.run([PYTHON, "-c", "import sys; print('out'); sys.exit('err')"], check=False)
    assert (done.code, done.out, done.err) == (1, "out\n", "err\n")


def test_a_command_that_fails_raises_unless_it_may(machine: Machine) -> None:
    with pytest.raises(CommandFailed, match="exited with 3: "):
        machine.run([PYTHON, "-c", "raise SystemExit(3)"])


def test_a_command_that_is_not_there_ends_like_in_a_shell(machine: Machine) -> None:
    assert machine.run(["no-such-command"], check=False).code == 127


def test_a_command_that_takes_too_long_is_ended(machine: Machine) -> None:
    started = time.monotonic()
    done = machine.run([PYTHON, "-c", "import time; time.sleep(20)"], check=False, seconds=0.3)
    assert (done.code, done.err) == (124, "no end after 0 s")
    assert time.monotonic() - started < 5


def test_a_command_reads_nothing_from_us(machine: Machine) -> None:
    assert machine.run([PYTHON, "-c", "import sys; print(repr(sys.stdin.read()))"]).out == "''\n"


def stream(machine: Machine, tmp_path: Path, code: str, seconds: float = 10) -> int:
    (tmp_path / "context").write_bytes(b"a tar file")
    return machine.stream([PYTHON, "-c", code], stdin=tmp_path / "context", env={"KIND": "x"}, seconds=seconds)


def test_a_build_gets_its_context_and_its_environment(
    machine: Machine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import os, sys; print(sys.stdin.read(), os.environ['KIND'], 'PATH' in os.environ); sys.exit(3)"
    assert stream(machine, tmp_path, code) == 3
    assert capfd.readouterr().out == "a tar file x True\n"


def test_a_build_that_takes_too_long_is_ended(machine: Machine, tmp_path: Path) -> None:
    note = tmp_path / "note"
    code = f"import time; time.sleep(0.8); open({str(note)!r}, 'w')"
    assert stream(machine, tmp_path, code, seconds=0.2) == 124
    time.sleep(0.8)
    assert not note.exists()


def test_a_file_is_replaced_whole_with_its_mode_and_nothing_left(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    machine.save(path, b"old")
    machine.save(path, b"new", 0o644)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o644)
    assert [one.name for one in tmp_path.iterdir()] == ["state.json"]


def test_a_new_file_is_for_us_alone(machine: Machine, tmp_path: Path) -> None:
    machine.save(tmp_path / "3" / "record.json", b"{}")
    assert (tmp_path / "3" / "record.json").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_replaced_stays_as_it_was(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        machine.save(tmp_path / "folder", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


def test_part_of_a_file_is_overwritten_in_its_place(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"aaaaaa")
    machine.overwrite(path, 2, b"bb")
    assert path.read_bytes() == b"aabbaa"


def test_a_file_of_the_system_that_is_not_there_is_nothing(machine: Machine, tmp_path: Path) -> None:
    assert machine.read(tmp_path / "none") is None
    assert "MemAvailable" in (machine.read(Path("/proc/meminfo")) or "")


def test_a_boot_has_one_name_and_time_goes_forward(machine: Machine) -> None:
    before = machine.clock(), machine.now()
    machine.sleep(0.01)
    assert machine.boot() == machine.boot()
    assert (machine.clock() > before[0], abs(machine.now() - time.time()) < 5) == (True, True)


FULL = """
import sys
from pathlib import Path
from ocrfleet.agent.machine import Machine
folder = Path(sys.argv[1])
machine = Machine(folder / "reserve")
machine.save(folder / "reserve", bytes(100_000))
try:
    while True:
        with (folder / "rubbish").open("ab") as file:
            file.write(bytes(4096))
except OSError:
    pass
machine.save(folder / "exit", b"the last word" * 500)
print((folder / "exit").stat().st_size, (folder / "reserve").exists())
try:
    machine.save(folder / "more", bytes(200_000))
except OSError as error:
    print(error.strerror, sorted(path.name for path in folder.iterdir()))
"""


def test_on_a_full_disk_there_is_room_for_a_last_word(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", FILL, "sh", str(tmp_path), PYTHON, FULL],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if shutil.which("unshare") is None or "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this machine lets nobody mount a small disk")
    assert done.stdout == "6500 False\nNo space left on device ['exit', 'rubbish']\n", done.stderr


FILL = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" -c "$3" "$1"'
