"""What a jump host does: it joins a channel with a connection to another machine."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, suppress
from typing import Any


def relay(channel: Any, destination: tuple[str, int]) -> None:
    """Copy both ways between a channel and a machine until one of them ends."""
    try:
        plug = socket.create_connection(destination)
    except OSError:
        channel.close()
        return
    for source, sink in ((plug, channel), (channel, plug)):
        threading.Thread(target=copy, args=(source, sink), daemon=True).start()


def copy(source: Any, sink: Any) -> None:
    """Copy until the source ends, and end the sink then; it is closed afterwards, whatever its other side did."""
    with suppress(OSError, EOFError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    # Closing a socket does not wake the thread that reads from it; shutting down fails where the other side broke off.
    with suppress(OSError, EOFError), closing(sink):
        sink.shutdown(socket.SHUT_RDWR)
