"""The real reader, with a script in the place of Tesseract; every lab host's gate asks Tesseract itself."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from server.errors import EngineFailed, EngineTooSlow
from server.reader import TesseractReader
from tests.loopback.server.fakes import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def stand_in(folder: Path, script: str) -> str:
    """An executable that runs a few lines of shell in its own folder."""
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\ncd {folder}\n{script}\n")
    program.chmod(0o755)
    return str(program)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_tesseract_is_called_with_a_list_of_arguments_and_one_thread(folder: Path) -> None:
    program = stand_in(folder, """printf '%s|' "$@" "$OMP_THREAD_LIMIT"; cat > /dev/null""")
    reader = TesseractReader(program, lang="deu; rm -rf /", psm=3)
    assert await reader.read(b"picture") == "stdin|stdout|-l|deu; rm -rf /|--psm|3|1|"


async def test_the_picture_arrives_unchanged(folder: Path) -> None:
    picture = os.urandom(300_000)
    await TesseractReader(stand_in(folder, "cat > seen")).read(picture)
    assert (folder / "seen").read_bytes() == picture


async def test_form_feeds_and_white_space_at_the_end_are_stripped(folder: Path) -> None:
    program = stand_in(folder, r"cat > /dev/null; printf '  one  \ntwo\t\n\n\n\fthree\n\f\n \n'")
    assert await TesseractReader(program).read(b"") == "  one\ntwo\n\n\nthree"


async def test_a_failing_engine_is_an_error_and_its_reason_is_in_the_log(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = stand_in(folder, "echo first >&2; echo 'Could not load eng' >&2; exit 3")
    with pytest.raises(EngineFailed, match="exit status 3") as failed:
        await TesseractReader(program).read(b"x" * 1_000_000)
    assert "Could not load eng" in caplog.text
    assert "eng" not in str(failed.value).replace("engine", "")


async def test_a_missing_engine_is_an_error(folder: Path) -> None:
    with pytest.raises(EngineFailed, match="cannot be started"):
        await TesseractReader(str(folder / "nothing")).read(b"")


async def test_an_engine_over_its_time_limit_is_killed_with_its_children(folder: Path) -> None:
    program = stand_in(folder, "echo $$ > shell; sleep 60 & echo $! > child; wait")
    started = time.monotonic()
    with pytest.raises(EngineTooSlow, match=r"within 0\.5 s"):
        await TesseractReader(program, seconds=0.5).read(b"")
    assert time.monotonic() - started < 5
    pids = [int((folder / name).read_text()) for name in ("shell", "child")]
    await until(lambda: not any(map(alive, pids)))


async def test_a_cancelled_page_kills_the_engine(folder: Path) -> None:
    program = stand_in(folder, "echo $$ > part; mv part shell; exec sleep 60")
    page = asyncio.create_task(TesseractReader(program).read(b"x" * 1_000_000))
    await until((folder / "shell").exists)
    page.cancel()
    with pytest.raises(asyncio.CancelledError):
        await page
    assert not alive(int((folder / "shell").read_text()))
