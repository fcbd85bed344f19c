"""The jump host that other tests go through leaves no socket open, however a connection ends."""

import io
import socket
import struct

import pytest

from tests.unit.remote.relay import copy

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 seconds: closing resets the connection (socket(7))


class Ended(io.BytesIO):
    """A channel with nothing more to say."""

    def recv(self, most: int) -> bytes:
        return self.read(most)


def test_a_machine_that_breaks_off_leaves_no_socket_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        plug = socket.create_connection(door.getsockname())
        machine, _ = door.accept()
    machine.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    machine.close()
    with pytest.raises(ConnectionResetError):
        plug.recv(1)
    copy(Ended(), plug)
    assert plug.fileno() == -1
