"""Prints what vLLM's own parser is to read, as JSON: the command line of every host, with every profile."""

import hashlib
import json
import sys
from typing import Any

from ocrfleet.commands.serving import command
from ocrfleet.spec.vllm.table import table
from scripts.make_golden import CASES, case


def engine_words() -> dict[str, list[str]]:
    """What the engine's container gets behind its image, by case."""
    hosts = {name: case(name) for name in CASES}
    return {name: list(command(host)) for name, host in hosts.items() if host.engine.vllm}


def version() -> str:
    """The vLLM they all pin; for two at once, `parse_flags.py` needs two environments."""
    found = sorted({host.engine.vllm for host in map(case, CASES) if host.engine.vllm})
    if len(found) != 1:
        raise SystemExit(f"hosts pin vLLM {', '.join(found)}: let all pin one, since one vLLM at a time is asked")
    return found[0]


def source() -> dict[str, Any]:
    """Which rows of the table are compared with what vLLM says: its version, and hashes of source and rows."""
    flags = {name: vars(flag) for name, flag in table().flags(version()).items()}
    rows = hashlib.sha256(json.dumps(flags, sort_keys=True, default=list).encode()).hexdigest()
    return {"vllm": version(), "sdist_sha256": table().versions[version()], "table_sha256": rows}


if __name__ == "__main__":
    json.dump({"source": source(), "hosts": engine_words()}, sys.stdout, indent=1)
