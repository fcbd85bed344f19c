"""A build as the operator's side asks for it, and what it leaves behind."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ocrfleet.agent.build import Plan, build
from tests.unit.agent.host import Host

CONTEXT = b"a tar file"
UPLOAD = hashlib.sha256(CONTEXT).hexdigest()


def plan(**changes: Any) -> Plan:
    known = {
        "host": "lab",
        "name": "engine",
        "context": "c0ffee",
        "upload": UPLOAD,
        "bases": ["debian:12"],
        "arch": "amd64",
        "secrets": ["pip_index"],
        "limit_seconds": 4500.0,
    }
    return Plan.parse({**known, **changes})


def send(host: Host) -> None:
    """Put a context and a secret there, as the operator's side does before every build."""
    host.home.upload(UPLOAD).write_bytes(CONTEXT)
    host.secret("pip_index", f"build-{UPLOAD}", "https://user:pass@index")


def run(host: Host, wish: Plan | None = None) -> dict[str, Any]:
    return build(host.site, wish or plan(), who="ana@mac", log=host.home.root / "log")


def left_behind(host: Host) -> list[Path]:
    folders = (host.home.upload(UPLOAD), host.home.secret(f"build-{UPLOAD}", "x").parent)
    return [path for path in folders if path.exists()]
