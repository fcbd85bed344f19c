"""What a machine's own programs said, as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TIMED_OUT = 124
MIB_PER_GIB, KIB_PER_GIB = 1024, 1024 * 1024
GPU_COLUMNS = ("index", "uuid", "name", "capability", "total", "free", "driver", "mig")
APP_COLUMNS = ("uuid", "pid", "name", "used")


@dataclass(frozen=True)
class Gpu:
    """One line of nvidia-smi. GB10 says [N/A] of its memory, which is the machine's."""

    uuid: str
    name: str
    capability: str
    total_gib: float | None
    free_gib: float | None
    driver: int | None
    mig: bool


@dataclass(frozen=True)
class Machine:
    """A machine as it told of itself; `silent` are the probes that did not answer in time."""

    arch: str
    gpus: tuple[Gpu, ...]
    apps: tuple[str, ...]
    has_toolkit: bool
    docker: str
    groups: frozenset[str]
    free_gib: float
    disk_gib: float
    inodes: float
    now: float
    silent: tuple[str, ...]
    smi: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Machine:
        """Read what the agent's verb `probe` tells."""
        answers = raw["answers"]
        said = {name: one["out"].strip() if one["code"] == 0 else "" for name, one in answers.items()}
        disks = [_disk(said["disk"]), _disk(said["docker_disk"])]
        available = re.search(r"^MemAvailable:\s+(\d+) kB", raw["meminfo"], re.MULTILINE)
        return cls(
            arch={"x86_64": "amd64", "aarch64": "arm64"}.get(said["machine"], said["machine"]),
            gpus=tuple(_gpu(row) for row in _rows(said["gpus"], GPU_COLUMNS)),
            apps=tuple(_app(row) for row in _rows(said["apps"], APP_COLUMNS)),
            has_toolkit=answers["toolkit"]["code"] == 0 or '"nvidia"' in said["runtimes"],
            docker=said["docker"],
            groups=frozenset(said["groups"].split()),
            free_gib=round(int(available[1]) / KIB_PER_GIB, 1) if available else 0.0,
            disk_gib=min(disk[0] for disk in disks),
            inodes=min(disk[1] for disk in disks),
            now=raw["now"],
            silent=tuple(name for name, one in answers.items() if one["code"] == TIMED_OUT),
            smi=_last_line(answers["gpus"]),
        )


def _rows(text: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    lines = ([part.strip() for part in line.split(",")] for line in text.splitlines())
    return [dict(zip(columns, parts, strict=True)) for parts in lines if len(parts) == len(columns)]


def _gpu(row: dict[str, str]) -> Gpu:
    driver = row["driver"].partition(".")[0]
    return Gpu(
        uuid=row["uuid"],
        name=row["name"],
        capability=row["capability"],
        total_gib=_gib(row["total"]),
        free_gib=_gib(row["free"]),
        driver=int(driver) if driver.isdigit() else None,
        mig=row["mig"] == "Enabled",
    )


def _gib(mib: str) -> float | None:
    return round(int(mib) / MIB_PER_GIB, 1) if mib.isdigit() else None


def _app(row: dict[str, str]) -> str:
    used = _gib(row["used"])
    return f"{row['name']} (process {row['pid']}{f', {used} GiB' if used is not None else ''})"


def _disk(text: str) -> tuple[float, float]:
    """Free GiB and inodes, without end where a disk keeps no count of them, or is not there."""
    numbers = text.splitlines()[-1].split() if text else []
    free, inodes = [float(word) if word.isdigit() else float("inf") for word in [*numbers, "-", "-"][:2]]
    return round(free / KIB_PER_GIB, 1), inodes or float("inf")


def _last_line(answer: Mapping[str, Any]) -> str:
    lines = f"{answer['out']}\n{answer['err']}".strip().splitlines()
    return lines[-1][:200] if lines and answer["code"] else ""
