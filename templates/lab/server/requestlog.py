"""One line for each request: method, path, status, seconds. Never a header, a query or any content."""

import logging
import time
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class RequestLog:
    """ASGI middleware; the line is written when the request is over, however it ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch what status goes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            # Quoted, because the path was decoded and may hold a line break.
            path = quote(scope["path"][:200])
            log.info("%s %s %d %.3fs", scope["method"], path, status, time.monotonic() - started)
