"""What goes wrong between the operator and the host. The job goes on, and the operator hears how it ended."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from lab.project import LabProject
from ocrfleet.project import Project
from ocrfleet.remote import Remote, Target, connect
from tests.faults.matrix.scene import Fault, Scene
from tests.faults.onhost.stage import Stage

SSH = "-p tcp --dport 22"
REPLIES = "-p tcp --sport 22"
SHORTEST, LONGEST = 1.0, 3.0
DELAY = 0.15
OK = frozenset({0})


def _reset(scene: Scene) -> None:
    with _rules(scene.lab, f"INPUT {SSH} -j REJECT --reject-with tcp-reset"):
        scene.go_on()
        time.sleep(scene.chance.uniform(SHORTEST, LONGEST))


def _black_hole(scene: Scene) -> None:
    with _rules(scene.lab, f"INPUT {SSH} -j DROP", f"OUTPUT {REPLIES} -j DROP"):
        scene.go_on()
        time.sleep(scene.chance.uniform(SHORTEST, LONGEST))


def _loss(scene: Scene) -> None:
    part = f"-m statistic --mode random --probability {scene.chance.uniform(0.1, 0.4):.2f} -j DROP"
    with _rules(scene.lab, f"INPUT {SSH} {part}", f"OUTPUT {REPLIES} {part}"):
        scene.go_on()
        scene.outcome()


def _delay(scene: Scene) -> None:
    scene.go_on()


@contextmanager
def _rules(lab: LabProject, *rules: str) -> Iterator[None]:
    """Firewall rules inside the lab host, for the block."""
    lab.script(" && ".join(f"iptables -w -I {rule}" for rule in rules))
    try:
        yield
    finally:
        lab.script("; ".join(f"iptables -w -D {rule}" for rule in rules))


@contextmanager
def _impatient(stage: Stage) -> Iterator[Remote]:
    """Give up on a silent host sooner than the host file says."""
    with _closing(_connect(stage.lab, connect_seconds=4.0, answer_seconds=12.0)) as remote:
        yield remote


@contextmanager
def _through_relay(stage: Stage) -> Iterator[Remote]:
    """Reach the host through a relay that lets everything wait."""
    known = stage.lab.keys / "known_hosts"
    before = known.read_text(encoding="utf-8")
    with _relay(stage.lab.port) as port:
        known.write_text(before + before.replace(f":{stage.lab.port} ", f":{port} "), encoding="utf-8")
        try:
            with _closing(_connect(stage.lab, port=port)) as remote:
                yield remote
        finally:
            known.write_text(before, encoding="utf-8")


def _connect(lab: LabProject, **changes: float) -> Remote:
    return connect(Project(lab.root), replace(Target.of(lab.host), **changes))  # type: ignore[arg-type]


@contextmanager
def _closing(remote: Remote) -> Iterator[Remote]:
    try:
        yield remote
    finally:
        remote.session.close()


@contextmanager
def _relay(port: int) -> Iterator[int]:
    """Listen on a port of 127.0.0.1 and hand on what comes, later."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=_welcome, args=(door, port), daemon=True).start()
        try:
            yield door.getsockname()[1]
        finally:
            # Closing a socket does not wake the thread that waits at it.
            door.shutdown(socket.SHUT_RDWR)


def _welcome(door: socket.socket, port: int) -> None:
    with suppress(OSError):
        while True:
            near, _ = door.accept()
            try:
                far = socket.create_connection(("127.0.0.1", port))
            except OSError:
                near.close()
                continue
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_hand_on, args=(source, sink), daemon=True).start()


def _hand_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            time.sleep(DELAY)
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
    source.close()


FAULTS = (
    Fault("reset", _reset, OK, _impatient),
    Fault("black-hole", _black_hole, OK, _impatient),
    Fault("loss", _loss, OK, _impatient),
    Fault("delay", _delay, OK, _through_relay),
)
