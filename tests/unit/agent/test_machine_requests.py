"""The real machine asks over HTTP and has its answer, or the reason there is none, within its time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ocrfleet.agent.machine import Machine
from ocrfleet.agent.wire import Reply
from ocrfleet.agent.world import Asked


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


@pytest.mark.parametrize(
    ("said", "status"),
    [(b"HTTP/1.1 401 Unauthorized\r\n\r\n", 401), (b"HTTP/1.0 200 OK\r\n\r\nok", 200), (b"", 0), (b"SSH-2.0-x", 0)],
    ids=["refused", "answered", "nothing", "another protocol"],
)
def test_the_status_of_an_answer_is_told_alone(
    machine: Machine, servers: list[Server], said: bytes, status: int
) -> None:
    servers.append(Server(said))
    assert machine.status(f"{servers[0].url}/v1/models", seconds=5) == status
    assert servers[0].got.startswith(b"GET /v1/models HTTP/1.0\r\nHost: 127.0.0.1:")


def test_where_nobody_answers_in_time_there_is_no_status(machine: Machine, servers: list[Server]) -> None:
    servers.append(Server(b"", b"HTTP/1.1 200 OK\r\n\r\n", pause=1.0))
    assert machine.status(f"{servers[0].url}/v1/models", seconds=0.2) == 0
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    assert machine.status(url, seconds=1) == 0


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


def until_there(asked: Asked, seconds: float = 5.0) -> Reply | None:
    deadline = time.monotonic() + seconds
    while asked.reply is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return asked.reply


def begin(machine: Machine, url: str, seconds: float = 5.0) -> Asked:
    return machine.begin("POST", f"{url}/read", body=b"{}", headers={}, seconds=seconds)


def test_an_answer_that_nobody_waits_for_is_there_in_the_end(machine: Machine, servers: list[Server]) -> None:
    servers.append(Server(b"HTTP/1.1 200 OK\r\n", b"Content-Length: 2\r\n\r\nok", pause=0.2, wants=b"{}"))
    asked = begin(machine, servers[0].url)
    assert asked.reply is None
    assert until_there(asked) == Reply(200, b"ok")


def test_an_answer_that_does_not_come_is_late_in_the_end(machine: Machine, servers: list[Server]) -> None:
    servers.append(Server(b"", pause=0.6, wants=b"{}"))
    assert until_there(begin(machine, servers[0].url, 0.3)) == Reply(0, b"no end of an answer within 0 s", late=True)


def test_a_request_that_nobody_wants_any_more_is_hung_up_at_once(machine: Machine, servers: list[Server]) -> None:
    servers.append(Server(b"", pause=1.0, wants=b"{}"))
    asked, began = begin(machine, servers[0].url, 60), time.monotonic()
    while b"{}" not in servers[0].got:
        time.sleep(0.01)
    asked.drop()
    reply = until_there(asked)
    assert reply is not None
    assert (reply.status, reply.late) == (0, False)
    assert time.monotonic() - began < 1
    asked.drop()


def test_a_request_that_cannot_be_made_has_an_answer_too(machine: Machine) -> None:
    reply = until_there(begin(machine, "http://127.0.0.1:99999"))
    assert reply is not None
    assert (reply.status, b"port must be" in reply.body) == (0, True)
