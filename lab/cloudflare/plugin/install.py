"""Puts the stand-in where the engine looks for the real plugin: into a PULUMI_HOME of the lab, never a user's."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import version
from pathlib import Path

from lab.places import ROOT

VERSION = version("pulumi-cloudflare")


def install(pulumi_home: Path) -> Path:
    """Write the executable, unless a real one is there; return where it is."""
    place = pulumi_home / "plugins" / f"resource-cloudflare-v{VERSION}" / "pulumi-resource-cloudflare"
    if place.is_file() and not place.read_bytes().startswith(b"#!/bin/sh"):
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    words = shlex.join([sys.executable, "-u", "-m", "lab.cloudflare.plugin"])
    text = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {words} "$@"\n'
    fresh = place.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o755)
    fresh.rename(place)
    return place
