"""Gives a lab host an image of the name that hosts with a GPU start from; what is in it is lab/standin."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from lab.places import ROOT
from lab.project import LabProject
from lab.standin import VERSION
from ocrfleet.spec.vllm.table import table

NAME = f"vllm/vllm-openai:v{VERSION}"
SOURCE, IMAGE = ROOT / "lab" / "standin", ROOT / "lab" / "standin" / "image"


def load_standin(lab: LabProject, base: str) -> None:
    """Build the stand-in inside the lab host, on the image that the lab's own engine has there."""
    words = [*lab.docker, "exec", "-i", lab.container, "docker", "build", f"--tag={NAME}", f"--build-arg=BASE={base}"]
    done = subprocess.run([*words, "-"], check=False, input=_archive(_files()), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()  # noqa: S101  said to the test that asked


def flags() -> dict[str, dict[str, object]]:
    """Every flag that this vLLM takes, as the stand-in's parser reads them."""
    return {name: asdict(flag) for name, flag in table().flags(VERSION).items()}


def _files() -> Mapping[str, bytes]:
    program = {f"lab/standin/{path.name}": path.read_bytes() for path in sorted(SOURCE.glob("*.py"))}
    image = {path.name: path.read_bytes() for path in _plain(IMAGE)}
    return {**program, **image, "lab/standin/flags.json": json.dumps(flags()).encode()}


def _plain(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _archive(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()
