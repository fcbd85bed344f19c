"""Pictures, requests, and a reader that reads nothing: what the tests of the server are made of."""

import asyncio
import base64
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI
from PIL import Image, ImageDraw, ImageFont

from server.reader import Reader

CHAT = "/v1/chat/completions"


class FakeReader(Reader):
    """Answers every page with `text`, or with `error`; pages wait while it is held."""

    def __init__(self, text: str = "one two three", error: Exception | None = None) -> None:
        self.text, self.error = text, error
        self.pages: list[bytes] = []
        self.running = self.most_running = self.cancelled = 0
        self._free = asyncio.Event()
        self._free.set()

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    async def read(self, png: bytes, /) -> str:
        self.pages.append(png)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._free.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        if self.error:
            raise self.error
        return self.text


def draw(text: str = "", *, mode: str = "L", size: tuple[int, int] = (60, 40), paper: Any = "white") -> Image.Image:
    """A page with black text on it."""
    picture = Image.new(mode, size, paper)
    ImageDraw.Draw(picture).text((size[0] // 10, size[1] // 5), text, "black", ImageFont.load_default(40))
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def data_url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


PNG = encoded(draw())
JPEG = encoded(draw(), "JPEG")


def image(url: str = data_url(PNG)) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def asking(*parts: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The body of a chat completion; one small picture unless parts are given."""
    return {"model": "tesseract", "messages": [{"role": "user", "content": list(parts) or [image()]}]} | keys


async def metric(client: httpx.AsyncClient, series: str) -> float:
    """One number from /metrics."""
    lines = (await client.get("/metrics")).text.splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{series} "))


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks run until the condition holds."""
    async with asyncio.timeout(5):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


async def until_metric(client: httpx.AsyncClient, series: str, number: float) -> None:
    """Let other tasks run until /metrics shows the number."""
    async with asyncio.timeout(5):
        while True:
            if await metric(client, series) == number:
                return
            await asyncio.sleep(0.001)


async def call_and_hang_up(app: FastAPI, body: bytes, hang_up: asyncio.Event, *, more: bool = False) -> None:
    """Send a chat request over bare ASGI, as a caller who leaves at `hang_up`, before the end of the body if `more`."""
    inbox = [{"type": "http.request", "body": body, "more_body": more}]

    async def receive() -> dict[str, Any]:
        if inbox:
            return inbox.pop()
        await hang_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        """Nobody listens."""

    scope = {"type": "http", "method": "POST", "path": CHAT, "raw_path": CHAT.encode(), "query_string": b""}
    await app(scope | {"headers": [], "http_version": "1.1", "scheme": "http", "root_path": ""}, receive, send)


def json_bytes(body: Any) -> bytes:
    return json.dumps(body).encode()
