"""The stand-in under test: in this process, started with Calypso's command line, its reader not Tesseract."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "templates" / "lab"))  # where the lab's own server is a top-level package

from lab.gpus.cards import RTX_4090  # noqa: E402
from lab.gpus.image import flags  # noqa: E402
from lab.standin.app import build_app  # noqa: E402
from lab.standin.command import parse  # noqa: E402
from lab.standin.device import Device  # noqa: E402
from lab.standin.engine import Engine  # noqa: E402
from lab.standin.weights import files  # noqa: E402

TEXT = "HARBOUR STORES\nInvoice 117\nAmount due: 553.00 EUR"


class PageReader:
    """Reads every page the same."""

    async def read(self, _png: bytes) -> str:
        return TEXT


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Whole weights."""
    made = tmp_path / "model"
    made.mkdir()
    for name, content in files().items():
        (made / name).write_bytes(content)
    return made


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """Calypso's card, as the lab's hook gives it to a container."""
    place = tmp_path / "lab-gpu"
    place.mkdir()
    card = {**json.loads(RTX_4090.to_json()), "free_mib": RTX_4090.idle_mib, "pid": 4711}
    (place / "card.json").write_text(json.dumps(card))
    return Device.find(place)


def words(host: str) -> list[str]:
    """The command line that is rendered for a host."""
    run = json.loads((ROOT / "tests" / "golden" / host / "run.json").read_text(encoding="utf-8"))
    return list(run[run.index("@image") + 1 :])


@pytest.fixture
def args(folder: Path) -> dict[str, Any]:
    """Calypso's command line with weights that are here."""
    return {**parse(words("calypso"), flags()), "model_tag": str(folder)}


@pytest.fixture
def engine(args: dict[str, Any], device: Device) -> Engine:
    return Engine.load(args, device, sleep=lambda _: None, env={})


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app(engine, PageReader()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://vllm") as made:
        yield made
