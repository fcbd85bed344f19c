"""Reads the flags of released vLLM versions into one table: `uv run python -m scripts.make_flags 0.34.0`.

The sources come from PyPI into build/vllm/, checked against the index; versions that the table has are kept as they
are, and without a version they are all read anew. Nothing of vLLM is imported or installed.
"""

import hashlib
import html
import json
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

from scripts.released.flags import flags, variables
from scripts.released.source import Source

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "infra" / "ocrfleet" / "spec" / "vllm" / "table.json"
CACHE = ROOT / "build" / "vllm"
INDEX = "https://pypi.org/simple/vllm/"
LINK = r'href="([^"#]*/vllm-{}\.tar\.gz)#sha256=([0-9a-f]+)"'


def main() -> None:
    """Read the versions named on the command line, and write the table."""
    spans = Spans.load()
    named = sys.argv[1:] or list(spans.versions)
    for version in sorted(named, key=number):
        archive, sha256 = fetch(version)
        source = Source(archive)
        spans.add(version, sha256, flags(source), variables(source))
        print(f"{version}: {len(spans.of(version, 'flags'))} flags")
    spans.save()


def fetch(version: str) -> tuple[Path, str]:
    """Get the source of a release, and check what arrived."""
    with urllib.request.urlopen(INDEX, timeout=60) as page:
        found = re.search(LINK.format(re.escape(version)), page.read().decode())
    if not found:
        sys.exit(f"there is no source of vLLM {version} in the index")
    path = CACHE / f"vllm-{version}.tar.gz"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(html.unescape(found[1]), timeout=300) as answer:  # noqa: S310  from the index
            path.write_bytes(answer.read())
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if sha256 != found[2]:
        sys.exit(f"{path.name} is not what the index says; delete it and run this again")
    return path, sha256


def number(version: str) -> tuple[int, ...]:
    """Put versions in order."""
    return tuple(map(int, version.split(".")))


class Spans:
    """What each version takes, written as spans of versions that take the same."""

    def __init__(self, versions: dict[str, str], takes: dict[str, dict[str, dict[str, Any]]]) -> None:
        self.versions, self._takes = versions, takes

    @classmethod
    def load(cls) -> "Spans":
        raw = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {"versions": {}}
        spans = cls(raw["versions"], {})
        for version in spans.versions:
            spans._takes[version] = {
                part: {name: _valid_at(version, rows) for name, rows in raw[part].items() if _valid_at(version, rows)}
                for part in ("flags", "env")
            }
        return spans

    def add(self, version: str, sha256: str, found: dict[str, Any], env: list[str]) -> None:
        self.versions[version] = sha256
        self._takes[version] = {"flags": found, "env": {name: {"kind": "text"} for name in env}}

    def of(self, version: str, part: str) -> dict[str, Any]:
        return self._takes[version][part]

    def save(self) -> None:
        versions = {version: self.versions[version] for version in sorted(self.versions, key=number)}
        table = {"versions": versions, "flags": self.rows("flags"), "env": self.rows("env")}
        TABLE.write_text(_text(table), encoding="utf-8")

    def rows(self, part: str) -> dict[str, list[dict[str, Any]]]:
        """The spans of every name, in the order of versions."""
        order = sorted(self.versions, key=number)
        spans: dict[str, list[dict[str, Any]]] = {}
        for before, version in zip([None, *order], order, strict=False):
            for name, takes in self._takes[version][part].items():
                rows = spans.setdefault(name, [])
                last = {key: rows[-1][key] for key in rows[-1] if key not in {"since", "until"}} if rows else None
                if last == takes and rows[-1]["until"] == before:
                    rows[-1]["until"] = version
                else:
                    rows.append({"since": version, "until": version, **takes})
        return dict(sorted(spans.items()))


def _valid_at(version: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    for row in rows:
        if number(row["since"]) <= number(version) <= number(row["until"]):
            return {key: value for key, value in row.items() if key not in {"since", "until"}}
    return {}


def _text(table: dict[str, Any]) -> str:
    """JSON with one row a line, so that a difference reads well."""
    parts = []
    for part, names in table.items():
        rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in names.items())
        parts.append(f"{json.dumps(part)}: {{\n{rows}\n}}")
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    main()
