"""What a machine's own programs said, as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TIMED_OUT, NO_PROGRAM = 124, 127
MIB_PER_GIB, KIB_PER_GIB = 1024, 1024 * 1024
GPU_COLUMNS = ("index", "uuid", "name", "capability", "total", "free", "driver", "mig")
REACH = "reach "
NO_DETOUR = {"", "null", "[]"}
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
class Answer:
    """How a program ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line it said."""
        lines = f"{self.out}\n{self.err}".strip().splitlines()
        return lines[-1].strip()[:300] if lines else f"exit code {self.code}"


@dataclass(frozen=True)
class Machine:
    """A machine as it told of itself; `silent` are the probes that did not answer in time.

    `has_detour` says that Docker pulls through a mirror or a proxy, `proxy` is what our proxy publishes, `reach` how a
    connection to each place ended, by its name and port.
    """

    arch: str
    gpus: tuple[Gpu, ...]
    apps: tuple[str, ...]
    toolkit: str
    docker: str
    groups: frozenset[str]
    free_gib: float
    disk_gib: float
    inodes: float
    now: float
    images: frozenset[str]
    models: Mapping[str, str | None]
    is_serving: bool
    has_detour: bool
    listening: frozenset[int]
    proxy: str
    container: Answer | None
    reach: Mapping[str, Answer]
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
            toolkit=_toolkit(said["toolkit"], said["runtimes"]),
            docker=said["docker"],
            groups=frozenset(said["groups"].split()),
            free_gib=round(int(available[1]) / KIB_PER_GIB, 1) if available else 0.0,
            disk_gib=min(disk[0] for disk in disks),
            inodes=min(disk[1] for disk in disks),
            now=raw["now"],
            images=frozenset(said["images"].split()),
            models=raw["models"],
            is_serving=raw["serving"],
            has_detour=said["detour"] not in NO_DETOUR,
            listening=frozenset(raw["listening"]),
            proxy=said["proxy"],
            container=Answer(**answers["container"]) if "container" in answers else None,
            reach={name.removeprefix(REACH): Answer(**one) for name, one in answers.items() if name.startswith(REACH)},
            silent=tuple(name for name, one in answers.items() if one["code"] == TIMED_OUT and not _is_told(name)),
            smi=Answer(**answers["gpus"]).last if answers["gpus"]["code"] else "",
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


def _toolkit(version: str, runtimes: str) -> str:
    """Which container toolkit there is; nothing where there is none."""
    found = re.search(r"version (\S+)", version)
    return found[1] if found else "there, as a runtime of Docker's" if '"nvidia"' in runtimes else ""


def _is_told(name: str) -> bool:
    """Whether it is said elsewhere that this did not answer."""
    return name == "container" or name.startswith(REACH)
