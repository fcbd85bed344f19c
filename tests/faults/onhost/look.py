"""Says what there is on a lab host, as one JSON object; it runs there, as root, and asks nothing of ours."""

from __future__ import annotations

import base64
import fcntl
import ipaddress
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

HOME = Path("/var/lib/ocrfleet")
# A process of ours that changes the host: a verb of the agent (the guard and those that only look are none), a build.
MUTATOR = re.compile(r"agent/\w+[.]pyz (build|deploy|rollback|prune|stop|start|destroy)|docker (buildx )?build ")
# What hooks are still to be told of a change is left only while it is made.
TEMPORARY = re.compile(r"^[.].+[.]\d+$|[.]part$|^owed[.]json$")
# What an operator was sending when he died waits an hour for him to come back, and goes with the next prune after that.
SENT = re.compile(r"/(uploads|agent|secrets/[^/]+)/[^/]+[.][0-9a-f]{8}[.]part$")
# Where secrets are kept: as they were sent, and the keys that the proxy compares with.
SECRETS = (HOME / "secrets", HOME / "proxy" / "keys")
LISTENS = "0A"


def main() -> None:
    """Print everything."""
    found = {
        "state": _json(HOME / "state.json"),
        "journal": base64.b64encode((HOME / "journal").read_bytes()).decode(),
        "releases": {path.parent.name: _json(path) for path in HOME.glob("releases/*/record.json")},
        "manifests": sorted(int(path.parent.name) for path in HOME.glob("releases/*/manifest.json")),
        "jobs": [_job(path.parent) for path in HOME.glob("jobs/*/job.json")],
        "locked": [str(path) for path in [*HOME.glob("*.lock"), *HOME.glob("build/*.lock")] if _is_held(path)],
        "audit": [json.loads(line) for line in _text(HOME / "audit.jsonl").splitlines()],
        "upstream": _text(HOME / "proxy" / "upstream").strip(),
        "left": sorted(
            str(path) for path in HOME.rglob("*") if TEMPORARY.search(path.name) and not SENT.search(str(path))
        ),
        "mutators": _mutators(),
        "containers": _docker("container", "inspect", *_ids("ps", "--all")),
        "images": _ids("images"),
        "listening": _listening(),
        "leaks": _leaks(),
    }
    print(json.dumps(found))  # noqa: T201  this is how it answers


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _job(folder: Path) -> dict[str, Any]:
    ended = _json(folder / "exit")
    return {
        **_json(folder / "job.json"),
        "exit": ended,
        "log": _text(folder / "log"),
        "at_work": _is_held(folder / "lock"),
    }


def _is_held(path: Path) -> bool:
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _mutators() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if MUTATOR.search(words):
            found.append(words)
    return found


def _listening() -> list[str]:
    """The addresses at which something waits for connections."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == LISTENS:
                found.add(_address(*local.split(":")))
    return sorted(found)


def _address(packed: str, port: str) -> str:
    """The kernel writes every four bytes of an address in the order of the machine."""
    words = [bytes.fromhex(packed[at : at + 8])[::-1] for at in range(0, len(packed), 8)]
    return f"{ipaddress.ip_address(b''.join(words))} {int(port, 16)}"


def _leaks() -> list[str]:
    """The files that hold a secret and are not the place for it."""
    kept = [path.read_bytes().strip() for folder in SECRETS for path in folder.rglob("*") if path.is_file()]
    others = [path for path in HOME.rglob("*") if path.is_file() and not {*path.parents} & {*SECRETS}]
    return sorted(str(path) for path in others if any(secret in path.read_bytes() for secret in filter(None, kept)))


def _ids(*words: str) -> list[str]:
    done = subprocess.run(["docker", *words, "--quiet", "--no-trunc"], check=True, capture_output=True, text=True)
    return sorted(set(done.stdout.split()))


def _docker(*words: str) -> list[dict[str, Any]]:
    """What docker inspect says, without what nobody looks at."""
    if len(words) < 3:
        return []
    done = subprocess.run(["docker", *words], check=True, capture_output=True, text=True)
    return [
        {
            "id": one["Id"],
            "name": one["Name"].lstrip("/"),
            "running": one["State"]["Running"],
            "labels": one["Config"]["Labels"] or {},
        }
        for one in json.loads(done.stdout)
    ]


if __name__ == "__main__":
    main()
