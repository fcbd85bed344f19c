"""What Python starts when it is given the agent's one file.

It refuses to run a file that has not the content its name promises; such a file is then sent again. It keeps the file
unpacked beside itself: Python compiles an archive anew at each start, which takes longer than most answers, and a
folder only once.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
DAMAGED = 65


def main() -> int:
    """Run the agent; a full disk only makes it slower."""
    here = Path(sys.argv[0]).resolve()
    if hashlib.sha256(here.read_bytes()).hexdigest() != here.stem:
        return DAMAGED
    with suppress(OSError):
        sys.path.insert(0, str(unpacked(here, BOOT)))
    from ocrfleet.agent.__main__ import main as run  # from the folder, once there is one

    return run(sys.argv)


def unpacked(archive: Path, boot: Path) -> Path:
    """Give the folder with the archive's content. Each boot makes its own: a power cut may leave half a file behind."""
    folder = archive.with_name(f"{archive.stem}.{boot.read_text(encoding='ascii').strip()}")
    if not folder.is_dir():
        _unpack(archive, folder)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    from shutil import rmtree, unpack_archive

    for old in archive.parent.glob(f"{archive.stem}.*-*"):
        rmtree(old, ignore_errors=True)
    fresh = archive.with_name(f"{archive.stem}.{os.getpid()}.part")
    try:
        unpack_archive(archive, fresh, "zip")
        fresh.rename(folder)
    finally:
        rmtree(fresh, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
