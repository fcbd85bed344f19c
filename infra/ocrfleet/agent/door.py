"""What Python starts when it is given the agent's one file.

It refuses to run a file that has not the content its name promises; such a file is then sent again. It keeps the file
unpacked beside itself: Python compiles an archive anew at each start, which takes longer than most answers, and a
folder only once.

Any Python since 3.6 can read this one module, so that one which is too old for the rest is told as a refusal. It
changes files by itself, not through a `Disk`: what it took from the archive could not come from the folder any more.
"""

import gc
import hashlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
DAMAGED, REFUSED = 65, 10
OLDEST = (3, 10)


def main() -> int:
    """Run the agent; a full disk only makes it slower."""
    found = sys.version_info[:2]
    if found < OLDEST:
        sys.stdout.write(json.dumps(too_old(found)) + "\n")
        return REFUSED
    here = Path(sys.argv[0]).resolve()
    if hashlib.sha256(here.read_bytes()).hexdigest() != here.stem:
        return DAMAGED
    with suppress(OSError):
        sys.path.insert(0, str(unpacked(here, BOOT)))
    # All that is loaded now stays to the end; looking through it for garbage only takes time.
    gc.disable()
    from ocrfleet.agent.__main__ import main as run  # from the folder, once there is one

    gc.freeze()
    gc.enable()
    return run(sys.argv)


def too_old(found: "tuple[int, int]") -> "dict[str, dict[str, object]]":
    """The answer of a host whose Python cannot run the agent."""
    oldest, version = (".".join(map(str, one)) for one in (OLDEST, found))
    failed = f"python3 on the host is {version}, and the agent needs {oldest}"
    fix = f"install Python {oldest} or newer on the host"
    return {
        "error": {"code": REFUSED, "failed": failed, "serving": "not known", "changed": "nothing", "next": fix},
    }


def unpacked(archive: Path, boot: Path) -> Path:
    """Give the folder with the archive's content. Each boot makes its own: a power cut may leave half a file behind."""
    folder = archive.with_name(f"{archive.stem}.{boot.read_text(encoding='ascii').strip()}")
    if not folder.is_dir():
        unpack(archive, folder)
    return folder


def unpack(archive: Path, folder: Path) -> None:
    """Make the folder, in one step; raise OSError where it is there already. What other boots left is removed."""
    from shutil import rmtree, unpack_archive

    # Another start may have made this boot's folder meanwhile, and runs from it.
    for old in set(archive.parent.glob(f"{archive.stem}.*-*")) - {folder}:
        rmtree(old, ignore_errors=True)
    fresh = archive.with_name(f"{archive.stem}.{os.getpid()}.part")
    try:
        unpack_archive(archive, fresh, "zip")
        fresh.rename(folder)
    finally:
        rmtree(fresh, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
