"""Puts the stand-ins where the engine looks for the real plugins: into a PULUMI_HOME of the lab, never a user's."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import version
from pathlib import Path

from lab.places import ROOT

# Each package, and the program that stands in for its plugin.
PROGRAMS = {"cloudflare": "lab.cloudflare.plugin", "docker": "lab.plugins.docker"}


def release(package: str) -> str:
    """The version of a package's SDK, which is the version of the plugin it asks for."""
    return version(f"pulumi-{package}")


def install(pulumi_home: Path) -> list[Path]:
    """Write the executables, but where a real one is there; return where they are."""
    return [_install(pulumi_home, package, program) for package, program in PROGRAMS.items()]


def _install(pulumi_home: Path, package: str, program: str) -> Path:
    folder = f"resource-{package}-v{release(package)}"
    place = pulumi_home / "plugins" / folder / f"pulumi-resource-{package}"
    if place.is_file() and not place.read_bytes().startswith(b"#!/bin/sh"):
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    words = shlex.join([sys.executable, "-u", "-m", program])
    text = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {words} "$@"\n'
    fresh = place.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o755)
    fresh.rename(place)
    return place
