"""A service that answers pages as a test says, and notices how many are asked at once."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from ocrfleet.reading.document import Picture
from ocrfleet.remote import Remote
from tests.unit.remote.fakes import FakeSession

Answer = dict[str, Any]


def answer(text: str = "read", *, status: int = 200, reason: str = "stop") -> Answer:
    """What the host's agent tells about one request."""
    body = json.dumps({"choices": [{"message": {"content": text}, "finish_reason": reason}]})
    return {"status": status, "body": body, "seconds": 1.5, "release": 3}


def picture(number: int) -> Picture:
    return Picture(number, f"page {number}".encode(), "image/png")


def image(kind: str, *more: Image.Image, mode: str = "RGB", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """A small picture file; `more` are its further pages."""
    out = io.BytesIO()
    Image.new(mode, size).save(
        out, kind, **({"save_all": True, "append_images": list(more)} if more else {}), **options
    )
    return out.getvalue()


@dataclass
class FakeService:
    """Answers each page with what `reply` gives for its content; later pages are quicker."""

    reply: Callable[[str], Answer]
    pause: float = 0.0
    most: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def remote(self) -> Remote:
        return Remote(FakeSession(self._answer))

    @property
    def pages(self) -> list[str]:
        """The content of every page that was sent, in the order in which they came."""
        return [_content(payload) for payload in self.asked]

    def _answer(self, verb: str, payload: dict[str, Any]) -> Answer:
        with self._lock:
            self.asked.append(payload)
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self.pause / len(self.asked))
        with self._lock:
            self._now -= 1
        return self.reply(_content(payload))


def _content(payload: dict[str, Any]) -> str:
    url: str = payload["body"]["messages"][0]["content"][0]["image_url"]["url"]
    return base64.b64decode(url.partition("base64,")[2]).decode(errors="replace")
