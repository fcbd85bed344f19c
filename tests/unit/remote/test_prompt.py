"""A server's second small message arrives without waiting for our machine's delayed acknowledgement."""

import socket
import time
from collections.abc import Iterator

import pytest

from ocrfleet.remote.prompt import AT_ONCE, Prompt

DELAYED = 0.03
ROUNDS = 8


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A TCP connection: the client's end, and a server's that keeps small messages back."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        client = socket.create_connection(door.getsockname())
        server, _ = door.accept()
    with client, server:
        yield client, server


def talk(client: "Prompt | socket.socket", server: socket.socket) -> float:
    """Ask and answer, until the machine expects an answer to carry each acknowledgement; then time two messages."""
    for _ in range(ROUNDS):
        client.send(b"?")
        server.recv(1)
        server.send(b"!")
        client.recv(1)
    client.send(b"?")
    server.recv(1)
    server.send(b"1")
    server.send(b"2")
    start = time.monotonic()
    client.recv(1)
    client.recv(1)
    return time.monotonic() - start


@pytest.mark.skipif(AT_ONCE is None, reason="this system decides by itself when it acknowledges")
def test_two_messages_in_a_row_do_not_wait(ends: tuple[socket.socket, socket.socket]) -> None:
    client, server = ends
    assert min(talk(client, server) for _ in range(3)) > DELAYED
    assert min(talk(Prompt(client), server) for _ in range(3)) < DELAYED


def test_it_is_like_the_socket_otherwise(ends: tuple[socket.socket, socket.socket]) -> None:
    client, _ = ends
    prompt = Prompt(client)
    prompt.settimeout(3)
    assert (client.gettimeout(), prompt.getpeername()) == (3, client.getpeername())
