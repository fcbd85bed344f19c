"""All four stores of a real project within reach of real commands: a key for age, ESC's double on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ocrfleet.secrets.environ import variable
from tests.loopback.secrets.escdouble import ENVIRONMENT, TOKEN, Esc, serving

STORES = ("config", "age", "esc", "env")
ESC_TOKEN = TOKEN


@dataclass(frozen=True)
class FourStores:
    """What a host file says of each, and where the variable for the store env is set."""

    places: dict[str, Any]
    monkeypatch: pytest.MonkeyPatch
    esc: Esc

    def said(self, kind: str) -> dict[str, Any]:
        """The part `secrets` of a host file."""
        return {"store": kind, **self.places}

    def export(self, name: str, value: str) -> None:
        """Set a secret where ocrfleet is started."""
        self.monkeypatch.setenv(variable(name), value)


@contextmanager
def four_stores(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FourStores]:
    """All four, empty."""
    import pyrage

    own = pyrage.x25519.Identity.generate()
    (folder / "key").write_text(f"{own}\n", encoding="utf-8")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", ESC_TOKEN)
    esc = Esc()
    with serving(esc) as url:
        age = {"recipients": [str(own.to_public())], "identity_file": str(folder / "key")}
        yield FourStores({"age": age, "esc": {"environment": ENVIRONMENT, "url": url}}, monkeypatch, esc)
