"""The server as the container runs it: a process, a port, a signal."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from server.__main__ import parse_arguments
from tests.loopback.server.fakes import CHAT, asking

Start = Callable[[str], "Server"]


class Server:
    """`python -m server` on a free port, with a shell script as its tesseract."""

    def __init__(self, lab: Path, folder: Path, script: str) -> None:
        program = folder / "tesseract"
        program.write_text(f"#!/bin/sh\ncd {folder}\n{script}\n")
        program.chmod(0o755)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", "--port", "0", "--queue", "2"],
            cwd=lab,
            env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._url()

    def _url(self) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            if found := re.search(r"running on (http://\S+)", line):
                return found.group(1)
        raise AssertionError("the server ended before its port was open")

    def in_flight(self) -> float:
        found = re.search(r"^ocr_requests_in_flight (\S+)$", httpx.get(f"{self.url}/metrics").text, re.MULTILINE)
        assert found
        return float(found.group(1))

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def start(lab: Path, tmp_path: Path) -> Iterator[Start]:
    servers: list[Server] = []

    def start(script: str) -> Server:
        servers.append(Server(lab, tmp_path, script))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_a_request_under_way_is_answered_after_sigterm(start: Start) -> None:
    server = start("cat > /dev/null; sleep 1; echo page")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(httpx.post, server.url + CHAT, json=asking())
        assert soon(lambda: server.in_flight() == 1)
        server.process.send_signal(signal.SIGTERM)
        assert answer.result().json()["choices"][0]["message"]["content"] == "page"
    assert server.process.wait(10) in {0, -signal.SIGTERM}


def test_a_closed_connection_kills_the_engine(start: Start, tmp_path: Path) -> None:
    server, pids = start("cat > /dev/null; echo $$ >> pids; exec sleep 60"), tmp_path / "pids"
    # Nothing says otherwise whose process writes first.
    assert soon(lambda: pids.exists() and pids.read_text().endswith("\n"))
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(server.url + CHAT, json=asking(), timeout=1)
    warm_up, page = (int(pid) for pid in pids.read_text().split())
    assert soon(lambda: not Path(f"/proc/{page}").exists())
    assert Path(f"/proc/{warm_up}").exists()
    assert soon(lambda: server.in_flight() == 0)


def test_the_port_opens_before_the_engine_is_ready(start: Start, tmp_path: Path) -> None:
    server = start("cat > /dev/null; while ! [ -e go ]; do sleep 0.05; done; echo READY")
    assert httpx.get(f"{server.url}/health").status_code == 503
    (tmp_path / "go").touch()
    assert soon(lambda: httpx.get(f"{server.url}/health").status_code == 200)


def test_the_flags_have_the_defaults_that_suit_one_page_of_english() -> None:
    flags = vars(parse_arguments([]))
    assert flags == {
        "host": "127.0.0.1",
        "port": 8000,
        "model": "tesseract",
        "queue": None,
        "psm": 6,
        "lang": "eng",
        "seconds": 120.0,
    }
