"""Long work as jobs: detached, keyed by what they do, joined when asked for again.

A job lives as long as its lock is held. It is finished when its `exit` file is there, and lost when neither is true.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Busy, HostError, Refused, Unknown
from ocrfleet.agent.home import Home, read_json, to_json
from ocrfleet.agent.machine import World

CHUNK, PATIENCE = 65536, 0.2
Work = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """What a job does and for whom; the key is a hash of what it does, so the same wish is the same job."""

    key: str
    what: str
    who: str


class Jobs:
    """The jobs of one host."""

    def __init__(self, world: World, home: Home) -> None:
        self._world, self._home = world, home

    def begin(self, job: Job, work: Work, report: Callable[[HostError], dict[str, Any]]) -> str:
        """Start the job, or join it when it runs already; return `started` or `joined`."""
        folder = self._home.job(job.key)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = locks.acquire(self._world, folder / "lock", {"what": job.what, "who": job.who})
        except Busy:
            return "joined"
        try:
            for name in ("exit", "log"):
                (folder / name).unlink(missing_ok=True)
            about = {"key": job.key, "what": job.what, "who": job.who, "since": self._world.now()}
            self._world.save(folder / "job.json", to_json({**about, "boot": self._world.boot()}))
            self._world.detach(folder / "log", lambda: self._finish(job, work, report))
        finally:
            # The job's own process holds the lock now.
            self._world.held.discard(handle)
            os.close(handle)
        return "started"

    def _finish(self, job: Job, work: Work, report: Callable[[HostError], dict[str, Any]]) -> None:
        try:
            ended = {"code": 0, "result": work()}
        except HostError as error:
            ended = {"code": error.code, "error": report(error)}
        except Exception as error:  # noqa: BLE001  a job must never end without a result
            traceback.print_exc()
            unknown = Unknown(f"{job.what}: {error!r}", changed="not known", fix="ocrfleet doctor HOST")
            ended = {"code": unknown.code, "error": report(unknown)}
        self._world.save(self._home.job(job.key) / "exit", to_json(ended))

    def result(self, key: str) -> dict[str, Any] | None:
        """What a job that succeeded returned; None for any other."""
        ended = read_json(self._home.job(key) / "exit") or {}
        return ended["result"] if ended.get("code") == 0 else None

    def follow(self, key: str, *, offset: int, wait: float) -> dict[str, Any]:
        """Return new log text from `offset` on and how the job stands, waiting up to `wait` seconds for news."""
        folder = self._home.job(key)
        if not (folder / "job.json").exists():
            raise Refused(f"there is no job {key} on this host", fix="ocrfleet status HOST")
        deadline = self._world.clock() + wait
        while True:
            # The state is read before the log: what a job wrote before it ended is never missed.
            state, ended = self._state(key)
            text = _read_from(folder / "log", offset)
            if text or state != "running" or self._world.clock() >= deadline:
                return {
                    "state": state if len(text) < CHUNK else "running",
                    "text": text.decode(errors="replace"),
                    "offset": offset + len(text),
                    "exit": ended if len(text) < CHUNK else None,
                }
            self._world.sleep(PATIENCE)

    def running(self) -> dict[str, Any] | None:
        """The job at work now, if there is one."""
        folders = sorted((self._home.root / "jobs").glob("*/job.json"))
        for about in folders:
            if not locks.is_free(about.parent / "lock"):
                return read_json(about)
        return None

    def _state(self, key: str) -> tuple[str, dict[str, Any] | None]:
        folder = self._home.job(key)
        is_free = locks.is_free(folder / "lock")
        ended = read_json(folder / "exit")
        if ended is not None:
            return "finished", ended
        return ("lost" if is_free else "running"), None


def _read_from(path: Any, offset: int) -> bytes:
    """Read on from an offset, whole characters only."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            chunk: bytes = file.read(CHUNK)
    except FileNotFoundError:
        return b""
    end = len(chunk)
    while end and chunk[end - 1] & 0xC0 == 0x80:  # noqa: PLR2004  a byte in the middle of a UTF-8 character
        end -= 1
    if end and chunk[end - 1] >= 0xC0:  # noqa: PLR2004  the first byte of a character that may not be complete
        end -= 1
        try:
            chunk[end:].decode()
        except UnicodeDecodeError:
            return chunk[:end]
    return chunk
