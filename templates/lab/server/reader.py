"""The outside world: a picture goes to Tesseract, its text comes back. Nothing here knows HTTP."""

import asyncio
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from server.errors import EngineFailed, EngineTooSlow

log = logging.getLogger(__name__)


class Reader(Protocol):
    """Reads one page; cancelling it stops the work."""

    async def read(self, png: bytes, /) -> str:
        """The text of the page."""
        ...


@dataclass(frozen=True)
class TesseractReader:
    """One Tesseract process for each page: one thread, a time limit, and no process left behind."""

    program: str = "tesseract"
    lang: str = "eng"
    psm: int = 6
    seconds: float = 120.0

    async def read(self, png: bytes, /) -> str:
        """What Tesseract prints for the page."""
        process = await self._start()
        try:
            async with asyncio.timeout(self.seconds):
                printed, complaint = await process.communicate(png)
        except TimeoutError:
            raise EngineTooSlow(f"The page was not read within {self.seconds:g} s.") from None
        finally:
            await _stop(process)
        if process.returncode:
            log.error("%s: exit status %s: %s", self.program, process.returncode, _last_line(complaint))
            raise EngineFailed(f"The engine ended with exit status {process.returncode}.")
        return tidy(printed)

    async def _start(self) -> Process:
        argv = (self.program, "stdin", "stdout", "-l", self.lang, "--psm", str(self.psm))
        # Pages are read in parallel, so a second thread for one page would only take a core from another page.
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            return await asyncio.create_subprocess_exec(
                *argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True
            )
        except OSError as error:
            log.error("%s: %s", self.program, error.strerror)  # noqa: TRY400 - the one line says it all
            raise EngineFailed("The engine cannot be started.") from error


async def _stop(process: Process) -> None:
    if process.returncode is None:
        # The whole group: a wrapper script's child would otherwise live on and hold our pipes open.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def tidy(printed: bytes) -> str:
    """Text without form feeds and without white space at the end of a line or of the page."""
    lines = printed.decode("utf-8", errors="replace").replace("\f", "").split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip()


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode("utf-8", errors="replace").splitlines()
    return lines[-1][:200] if lines else "no message"
