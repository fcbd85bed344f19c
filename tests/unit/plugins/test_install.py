"""Stand-ins are found where real plugins are looked for, and never take their place."""

from __future__ import annotations

from pathlib import Path

from lab.plugins.install import PROGRAMS, install, release


def test_the_stand_ins_never_take_the_place_of_real_plugins(tmp_path: Path) -> None:
    places = install(tmp_path)
    for package, place in zip(PROGRAMS, places, strict=True):
        assert place.relative_to(tmp_path).parts[:2] == ("plugins", f"resource-{package}-v{release(package)}")
        assert place.stat().st_mode & 0o777 == 0o755
        assert place.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    places[0].write_bytes(b"\x7fELF")
    assert [one.read_bytes()[:4] for one in install(tmp_path)] == [b"\x7fELF", b"#!/b"]
