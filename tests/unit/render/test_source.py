"""A build from source keeps the vendor's torch and ends otherwise, and takes as many compilers as fit."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ocrfleet.project import Project
from ocrfleet.render import render
from scripts.make_golden import ROOT, case

KEPT = ROOT / "templates" / "vllm-source" / "torch_kept.py"
VENDORS = {"version": "2.11.0a0+nv26.10", "cuda": "13.0"}
GIB = 1024**2


def torch(folder: Path, *, version: str, cuda: str | None) -> None:
    """Put another torch into its place."""
    (folder / "torch.py").write_text(f"__version__ = {version!r}\nclass version:\n    cuda = {cuda!r}\n")
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)


def run(folder: Path, word: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-B", str(folder / KEPT.name), word]
    return subprocess.run(program, capture_output=True, text=True, check=False)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """What the build step sees: the program, and the vendor's torch, noted."""
    shutil.copy(KEPT, tmp_path)
    torch(tmp_path, **VENDORS)
    noted = run(tmp_path, "note")
    assert (noted.returncode, noted.stderr) == (0, "")
    return tmp_path


def test_the_vendors_torch_is_let_through(image: Path) -> None:
    assert run(image, "check").returncode == 0


@pytest.mark.parametrize(
    ("version", "cuda", "why"),
    [
        ("2.11.0", "13.0", "the build replaced the vendor's torch"),
        ("2.11.0a0+nv26.10", "12.9", "the build replaced the vendor's torch"),
        ("2.11.0+cpu", None, "the torch in this image is for CPUs only"),
    ],
)
def test_another_torch_ends_the_build(image: Path, version: str, cuda: str | None, why: str) -> None:
    torch(image, version=version, cuda=cuda)
    ended = run(image, "check")
    assert ended.returncode == 1
    assert ended.stderr.startswith(why)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Programs under the names that the build calls; pip tells what it was given."""
    for name in ("apt-get", "rm"):
        program(tmp_path, name, ":")
    program(tmp_path, "python3", 'echo "$MAX_JOBS $TORCH_CUDA_ARCH_LIST ${PIP_CONSTRAINT-none}: $*"')
    program(tmp_path, "nproc", "echo 20")
    program(tmp_path, "awk", f'exec {shutil.which("awk")} "$1" {tmp_path}/meminfo')
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(("free_gib", "jobs"), [(100, 12), (1000, 20), (7, 1), (16, 2)])
def test_compilers_are_as_many_as_memory_and_cores_allow(machine: Path, free_gib: int, jobs: int) -> None:
    script = render(Project(ROOT), case("spark-source")).engine.files["build.sh"]
    (machine / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {free_gib * GIB} kB\n")
    variables = {"PATH": str(machine), "PIP_CONSTRAINT": "/etc/pip/constraint.txt"}
    ran = subprocess.run(["/bin/sh"], input=script, env=variables, capture_output=True, text=True, check=False)
    told = ran.stdout.splitlines()
    assert (ran.returncode, told[0]) == (0, f"build: {jobs} compilers at once, for 12.1"), ran.stderr
    assert len(told) == 3
    for line in told[1:]:
        assert line.startswith(f"{jobs} 12.1 none: -m pip install --no-cache-dir --no-deps")
        assert "--require-hashes" in line
