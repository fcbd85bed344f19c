"""What there is on a lab host, as values."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lab.project import LabProject

LOOK = Path(__file__).with_name("look.py")
SLOT = 1024
ENGINE, PROXY = "engine", "proxy"


@dataclass(frozen=True)
class Seen:
    """One look at a host."""

    raw: dict[str, Any]

    @property
    def since_it_was_empty(self) -> list[dict[str, Any]]:
        """What the audit says of this life of the host: what was destroyed may be deployed again."""
        lines: list[dict[str, Any]] = self.raw["audit"]
        ends = [at for at, line in enumerate(lines) if line["what"] == "destroy"]
        return lines[ends[-1] + 1 :] if ends else lines

    @property
    def serving(self) -> int | None:
        number: int | None = (self.raw["state"] or {}).get("serving")
        return number

    @cached_property
    def releases(self) -> dict[int, dict[str, Any]]:
        """Every record by its number; one that was never written is left out."""
        return {int(number): record for number, record in sorted(self.raw["releases"].items()) if record}

    @property
    def good(self) -> list[int]:
        return sorted(number for number, record in self.releases.items() if record["state"] == "good")

    @property
    def previous(self) -> int | None:
        """What a rollback would go to."""
        return max((number for number in self.good if number < (self.serving or 0)), default=None)

    def containers(self, part: str, *, running: bool = False) -> list[dict[str, Any]]:
        """Our containers of one kind."""
        mine = [one for one in self.raw["containers"] if one["labels"].get("ocrfleet.part") == part]
        return [one for one in mine if one["running"] or not running]

    @cached_property
    def journal(self) -> list[dict[str, Any]]:
        """The records of the last swap; raises ValueError where one is not readable."""
        content = base64.b64decode(self.raw["journal"])
        slots = [content[at : at + SLOT] for at in range(0, len(content), SLOT)]
        records = [_record(slot) for slot in slots if slot.strip(b"\0")]
        records = [one for one in records if "told" not in one]
        return [one for one in records if one["swap"] == records[0]["swap"]]

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody is at work and no swap is half done."""
        at_work = [one for one in self.raw["jobs"] if one["at_work"]] or self.raw["locked"] or self.raw["mutators"]
        return not at_work and (not self.journal or self.journal[-1]["step"] in {"committed", "restored"})

    def deploys(self) -> int:
        """How many deploys changed what serves."""
        return sum(line["what"] == "deploy" and line["outcome"] == "deployed" for line in self.raw["audit"])


def _record(slot: bytes) -> dict[str, Any]:
    check, _, text = slot.partition(b"\n")[0].partition(b" ")
    if int(check, 16) != zlib.crc32(text):
        raise ValueError("a record of the journal is not what was written")
    found: dict[str, Any] = json.loads(text)
    return found


def look(lab: LabProject) -> Seen:
    """Look at a host now."""
    return Seen(json.loads(lab.inside("python3", "-c", LOOK.read_text(encoding="utf-8")).out))
