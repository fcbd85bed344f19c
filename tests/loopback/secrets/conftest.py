"""What the tests of stores start from."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from ocrfleet.secrets.cloud import connect
from ocrfleet.secrets.esc import EscStore
from tests.loopback.secrets.escdouble import ENVIRONMENT, TOKEN, Esc, serving


@dataclass
class Asked:
    """A store of an environment, and how long it would have waited."""

    store: EscStore
    esc: Esc
    waited: list[float] = field(default_factory=list)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """The store esc, with the service on the loopback."""
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file://~")
    esc, waited = Esc(), list[float]()
    with serving(esc) as url:
        yield Asked(EscStore("lab", connect(ENVIRONMENT, url, waited.append)), esc, waited)
