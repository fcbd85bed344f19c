"""The first picture: until the engine has read it, the server is not ready."""

import asyncio
import io
import logging

from PIL import Image, ImageDraw, ImageFont

from server.errors import EngineFailed, NotReady
from server.reader import Reader

log = logging.getLogger(__name__)


class WarmUp:
    """Lets the engine read a picture that is known to hold a word, again and again until it can."""

    def __init__(self, reader: Reader, *, pause: float = 5.0) -> None:
        self._reader, self._pause = reader, pause
        self._done = False

    def check(self) -> None:
        """Raise NotReady until the picture has been read."""
        if not self._done:
            raise NotReady("The engine has not read its first picture yet.")

    async def run(self) -> None:
        """Return once the picture has been read."""
        while not await self._reads():
            log.warning("not ready: trying again in %g s", self._pause)
            await asyncio.sleep(self._pause)
        self._done = True
        log.info("ready: the first picture was read")

    async def _reads(self) -> bool:
        try:
            text = await self._reader.read(first_picture())
        except EngineFailed as error:
            log.warning("not ready: %s", error)
            return False
        if not text:
            log.warning("not ready: the engine found no word in the first picture")
        return bool(text)


def first_picture() -> bytes:
    """A small white PNG with one printed word."""
    picture = Image.new("L", (240, 80), "white")
    ImageDraw.Draw(picture).text((40, 16), "READY", "black", ImageFont.load_default(40))
    png = io.BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()
