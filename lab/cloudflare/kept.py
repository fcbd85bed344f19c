"""Keeps an account in a file, so that the emulator may end and go on."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from lab.cloudflare.account import Account
from lab.cloudflare.answers import Answer, Call
from lab.cloudflare.api import Api

PARTS = ("id", "zones", "tunnels", "configs", "secrets", "tokens", "policies", "apps", "records", "made")


@dataclass
class KeptApi(Api):
    """An API whose account is on the disk before a call that may have changed it is answered."""

    file: Path = Path("account.json")
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, call: Call) -> Answer:
        if call.reads:
            return super().handle(call)
        with self._one_at_a_time:
            answer = super().handle(call)
            save(self.account, self.file)
        return answer


def save(account: Account, file: Path) -> None:
    """Write an account; half of one would never be read."""
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({name: getattr(account, name) for name in PARTS}), encoding="utf-8")
    fresh.replace(file)


def restore(account: Account, file: Path) -> bool:
    """Make an account what it was when it was written; False where it never was. Nobody is connected any more."""
    if not file.is_file():
        return False
    for name, value in json.loads(file.read_text(encoding="utf-8")).items():
        setattr(account, name, value)
    for tunnel in account.tunnels.values():
        tunnel.update(connections=[], status="down")
    return True
