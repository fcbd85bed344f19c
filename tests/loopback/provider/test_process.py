"""The provider is a process of its own: it starts fast, says its port first, and ends when it is told or left alone."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from ocrfleet.provider.messages import provider_pb2_grpc
from ocrfleet.provider.server import VERSION
from tests.unit.provider.inputs import POISON, image, service
from tests.unit.provider.wire import Heard, Wire, failure
from tests.unit.spec.files import ROOT

WORDS = ["--logtostderr", "-v=9", "127.0.0.1:1"]
LAUNCHED = [str(ROOT / "infra" / "pulumi-resource-ocrfleet"), *WORDS]
MODULE = [sys.executable, "-u", "-m", "ocrfleet.provider", *WORDS]
ENGINE = ["sh", "-c", '"$@" & wait', "sh", *MODULE]
# What the program of a stack needs; each takes longer to import than the provider takes to start.
SLOW = {"pydantic", "jinja2", "typer", "rich", "pypdfium2", "PIL", "pytest", "ocrfleet.spec", "ocrfleet.render"}
SDK = {"pulumi.resource", "pulumi.output", "pulumi.runtime.stack"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4e0zDJgLZ2HCPzyzZ1jAeb5ylqHB1tqCHcQk5ZdWyK"
NOWHERE = {"address": "127.0.0.1", "port": 1, "user": "ocr", "known_hosts": [KEY], "connect_seconds": 1}


@contextmanager
def running(argv: list[str], folder: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """A process whose output is kept, and that is gone afterwards."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(argv, cwd=folder, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def connected(process: subprocess.Popen[str]) -> Iterator[Wire]:
    """A connection to the port the process says first."""
    assert process.stdout is not None
    port = int(process.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Wire(provider_pb2_grpc.ResourceProviderStub(channel), Heard())


@pytest.mark.parametrize("argv", [LAUNCHED, MODULE], ids=["launched", "module"])
def test_it_says_its_port_and_answers(argv: list[str], tmp_path: Path) -> None:
    with running(argv, tmp_path) as process, connected(process) as wire:
        assert wire.stub.GetPluginInfo(Empty()).version == VERSION
        assert wire.check("Image", image()) == wire.check("Service", service()) == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_when_it_is_told(number: signal.Signals) -> None:
    with running(MODULE) as process, connected(process) as wire:
        wire.check("Image", image())
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.communicate() == ("", "")


def test_it_ends_when_its_engine_was_killed() -> None:
    with running(ENGINE) as engine, connected(engine):
        engine.kill()
        assert engine.communicate(timeout=10) == ("", "")


def test_a_real_host_that_does_not_answer_is_told_without_its_secrets(tmp_path: Path) -> None:
    with running(MODULE, tmp_path) as process, connected(process) as wire:
        failed = failure(lambda: wire.create("Service", service(ssh=NOWHERE)))
        process.terminate()
        out, err = process.communicate(timeout=5)
    assert failed.parts["failed"].startswith("no answer from lab: ")
    assert POISON not in failed.message + out + err


@pytest.mark.parametrize(
    ("program", "there", "not_there"),
    [
        ("import ocrfleet.provider.process", {"grpc"}, SLOW | SDK | {"fabric", "paramiko", "yaml"}),
        ("from ocrfleet.provider.process import _hosts, _resources; _resources(_hosts())", {"fabric"}, SLOW | SDK),
    ],
    ids=["at its start", "at its first call"],
)
def test_it_imports_nothing_slow(program: str, there: set[str], not_there: set[str]) -> None:
    argv = [sys.executable, "-c", f"import sys; {program}; print(*sys.modules)"]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    imported = set(done.stdout.split())
    assert there <= imported
    assert not_there & imported == set()
