"""The server under test: in this process, with a reader that is not Tesseract."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

LAB = Path(__file__).parents[3] / "templates" / "lab"
sys.path.insert(0, str(LAB))  # the image's working directory, where `server` is a top-level package

from fastapi import FastAPI  # noqa: E402

from server.app import Settings, build_app  # noqa: E402
from tests.loopback.server.fakes import FakeReader  # noqa: E402


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def lab() -> Path:
    """The folder that becomes the image."""
    return LAB


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def app(reader: FakeReader) -> FastAPI:
    """Two pages at once, one more may wait."""
    return build_app(reader, Settings(model="tesseract", seats=2, queue=1))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ocr") as client:
        yield client
