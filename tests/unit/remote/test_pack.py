"""The agent is one file that is the same everywhere, needs nothing, and refuses to run when it is not whole."""

import ast
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ocrfleet.agent.door import too_old
from ocrfleet.errors import HostRefused
from ocrfleet.remote.answers import parse, result
from ocrfleet.remote.pack import PACKAGE, pack_agent

AGENT = PACKAGE / "agent"
OLD = sorted(Path.home().glob(".pyenv/versions/3.[6-9].*/bin/python3"))


def run(folder: Path, content: bytes, name: str | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a packed agent as a host does, with a verb it does not have."""
    path = folder / (name or f"{hashlib.sha256(content).hexdigest()}.pyz")
    path.write_bytes(content)
    return subprocess.run([sys.executable, "-I", path, "nothing"], check=False, capture_output=True, cwd=folder)


def test_packing_again_gives_the_same_bytes() -> None:
    first = pack_agent().content
    pack_agent.cache_clear()
    assert pack_agent().content == first


def test_nothing_in_it_depends_on_this_machine() -> None:
    entries = zipfile.ZipFile(io.BytesIO(pack_agent().content)).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_it_holds_the_whole_agent_and_nothing_else_of_ours() -> None:
    names = set(zipfile.ZipFile(io.BytesIO(pack_agent().content)).namelist())
    modules = {f"ocrfleet/agent/{path.name}" for path in AGENT.glob("*.py")}
    assert names == {"__main__.py", "ocrfleet/__init__.py", *modules}


def test_it_runs_with_the_standard_library_alone(tmp_path: Path) -> None:
    done = run(tmp_path, pack_agent().content)
    assert (done.returncode, done.stderr.split()[:2]) == (64, [b"usage:", b"agent.pyz"])


@pytest.mark.parametrize("change", [lambda whole: whole + b"\0", lambda whole: whole.replace(b"guard", b"gaurd", 1)])
def test_it_refuses_to_run_when_a_byte_is_wrong(tmp_path: Path, change: type) -> None:
    whole = pack_agent().content
    done = run(tmp_path, change(whole), name=f"{pack_agent().digest}.pyz")
    assert (done.returncode, done.stdout) == (65, b"")


def test_half_of_it_says_nothing_that_looks_like_an_answer(tmp_path: Path) -> None:
    whole = pack_agent().content
    done = run(tmp_path, whole[: len(whole) // 2], name=f"{pack_agent().digest}.pyz")
    assert done.returncode != 0
    assert done.stdout == b""


def test_every_python_since_3_6_can_read_the_door() -> None:
    tree = ast.parse((AGENT / "door.py").read_text("utf-8"), feature_version=(3, 6))
    origins = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "__future__" not in origins


def test_a_python_that_is_too_old_is_an_answer_with_what_to_do() -> None:
    answer = json.dumps(too_old((3, 9))).encode()
    with pytest.raises(HostRefused) as refused:
        result(parse(answer) or {})
    assert refused.value.failed == "python3 on the host is 3.9, and the agent needs 3.10"
    assert refused.value.fix == "install Python 3.10 or newer on the host"


@pytest.mark.skipif(not OLD, reason="no Python older than 3.10 on this machine")
@pytest.mark.parametrize("python", OLD, ids=lambda path: path.parts[-3])
def test_an_old_python_refuses_in_one_line_and_is_not_sent_the_agent_again(tmp_path: Path, python: Path) -> None:
    path = tmp_path / f"{pack_agent().digest}.pyz"
    path.write_bytes(pack_agent().content)
    done = subprocess.run([python, "-I", path, "facts"], check=False, capture_output=True, cwd=tmp_path)
    version = ".".join(python.parts[-3].split(".")[:2])
    assert (done.returncode, done.stderr) == (10, b"")
    assert f"python3 on the host is {version}," in parse(done.stdout)["error"]["failed"]  # type: ignore[index]
