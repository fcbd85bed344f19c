"""Long work as jobs: detached, keyed by what they do, joined when asked for again.

A job lives as long as its lock is held. It is finished when its `exit` file is there, and lost when neither is true.
"""

from __future__ import annotations

import codecs
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrfleet.agent import locks
from ocrfleet.agent.errors import Busy, HostError, Refused, Unknown
from ocrfleet.agent.home import Home, read_json, to_json
from ocrfleet.agent.world import World

CHUNK, PATIENCE = 65536, 0.2
Work = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """What a job does and for whom; the key is a hash of what it does, so the same wish is the same job."""

    key: str
    what: str
    who: str

    @property
    def holder(self) -> dict[str, Any]:
        """How it signs a lock."""
        return {"what": self.what, "who": self.who, "job": self.key}


@contextmanager
def _room_for(job: Job) -> Iterator[None]:
    """Say so where a job cannot be begun because nothing can be written."""
    try:
        yield
    except OSError as error:
        fix = "free space on the host (df -h tells where), then run this again"
        raise Refused(f"{job.what} could not be begun: {error}", fix=fix) from error


class Jobs:
    """The jobs of one host."""

    def __init__(self, world: World, home: Home) -> None:
        self._world, self._home = world, home

    def begin(self, job: Job, work: Work, report: Callable[[HostError], dict[str, Any]]) -> str:
        """Start the job, or join it when it runs already; return `started` or `joined`."""
        folder = self._home.job(job.key)
        try:
            with _room_for(job):
                self._world.make(folder)
                handle = locks.acquire(self._world, folder / "lock", job.holder)
        except Busy:
            return "joined"
        try:
            self._write_down(job)
            self._world.detach(folder / "log", lambda: self._finish(job, work, report))
        finally:
            # The job's own process holds the lock now.
            self._world.held.discard(handle)
            os.close(handle)
        return "started"

    def _write_down(self, job: Job) -> None:
        """Say what is to come in the job's folder, where nothing of an earlier run of it is left."""
        folder = self._home.job(job.key)
        about = {"key": job.key, "what": job.what, "who": job.who, "since": self._world.now()}
        with _room_for(job):
            for name in ("exit", "log"):
                self._world.disk.remove(folder / name)
            self._world.save(folder / "job.json", to_json({**about, "boot": self._world.boot()}))

    def _finish(self, job: Job, work: Work, report: Callable[[HostError], dict[str, Any]]) -> None:
        folder = self._home.job(job.key)
        locks.sign(self._world, folder / "lock", job.holder)
        try:
            ended = {"code": 0, "result": work()}
        except HostError as error:
            ended = {"code": error.code, "error": report(error)}
        except BaseException as error:  # noqa: BLE001  a job must never end without a result
            if isinstance(error, Exception):
                traceback.print_exc()
            unknown = Unknown(f"{job.what}: {error!r}", changed="not known", fix="ocrfleet doctor HOST")
            ended = {"code": unknown.code, "error": report(unknown)}
        self._world.deafen()
        self._world.save(folder / "exit", to_json(ended))

    def stop(self, key: str | None) -> dict[str, Any] | None:
        """Ask the job at work to stop, or the one of several that is named; return it, None when none is at work."""
        found = [one for one in self.at_work() if key in {None, one["key"]}]
        if len(found) > 1:
            raise Refused(
                "several jobs are at work: " + "; ".join(f"{one['what']}, job {one['key']}" for one in found),
                fix="ocrfleet abort HOST --job KEY",
            )
        for one in found:
            lock = self._home.job(one["key"]) / "lock"
            if not self._world.interrupt((locks.holder_of(lock) or {}).get("pid", 0), lock):
                raise Refused(
                    f"the process of the job {one['key']} is gone, and only a command that it started runs on",
                    fix="wait for the guard, which then restores what served: ocrfleet status HOST",
                )
        return found[0] if found else None

    def follow(self, key: str, *, offset: int, wait: float) -> dict[str, Any]:
        """Return new log text from `offset` on and how the job stands, waiting up to `wait` seconds for news."""
        folder = self._home.job(key)
        about = read_json(folder / "job.json")
        if about is None:
            raise Refused(f"there is no job {key} on this host", fix="ocrfleet status HOST")
        deadline = self._world.clock() + wait
        while True:
            # The state is read before the log: what a job wrote before it ended is never missed.
            state, ended = self._state(key)
            news = _read_from(folder / "log", offset, is_final=state != "running")
            if news.text or state != "running" or self._world.clock() >= deadline:
                return {
                    "state": "running" if news.is_cut else state,
                    "text": news.text,
                    "offset": news.offset,
                    "exit": None if news.is_cut else ended,
                    # A job that failed and is tried again writes a new log: offsets in the old one mean nothing there.
                    "run": about["since"],
                }
            self._world.sleep(PATIENCE)

    def running(self) -> dict[str, Any] | None:
        """The job at work now, of several the one begun last."""
        return next(reversed(self.at_work()), None)

    def at_work(self) -> list[dict[str, Any]]:
        """The jobs at work now, in the order in which they were begun."""
        return [one for one in self.all() if not locks.is_free(self._home.job(one["key"]) / "lock")]

    def all(self) -> list[dict[str, Any]]:
        """Every job this host knows of, in the order in which they were begun."""
        found = filter(None, map(read_json, (self._home.root / "jobs").glob("*/job.json")))
        return sorted(found, key=lambda about: float(about["since"]))

    def _state(self, key: str) -> tuple[str, dict[str, Any] | None]:
        folder = self._home.job(key)
        ended = read_json(folder / "exit")
        if ended is None and not locks.is_free(folder / "lock"):
            return "running", None
        # It may have ended between the two looks.
        ended = ended or read_json(folder / "exit")
        return ("lost" if ended is None else "finished"), ended


@dataclass(frozen=True)
class _News:
    """Log text, where to read on, and whether there may be more already."""

    text: str
    offset: int
    is_cut: bool = False


def _read_from(path: Path, offset: int, *, is_final: bool) -> _News:
    """Read on from an offset, whole characters only; at the end of a final log, whatever is left."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            chunk = file.read(CHUNK)
    except FileNotFoundError:
        return _News("", offset)
    is_cut = len(chunk) == CHUNK
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(chunk, is_final and not is_cut)
    unread, _ = decoder.getstate()
    return _News(text, offset + len(chunk) - len(unread), is_cut)
