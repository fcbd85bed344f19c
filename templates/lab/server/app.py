"""The HTTP door: which path does what. How it is done is in the other modules."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from server.body import read_body
from server.chat import completion, parse
from server.client import while_connected
from server.desk import Desk
from server.errors import ApiError, answer_crash, answer_error, answer_http
from server.metrics import Metrics
from server.reader import Reader
from server.requestlog import RequestLog
from server.warmup import WarmUp


@dataclass(frozen=True)
class Settings:
    """What is served, how many pages are read at once, and how many requests may wait."""

    model: str
    seats: int
    queue: int


def build_app(reader: Reader, settings: Settings) -> FastAPI:
    """The server around one reader; it shares nothing with another one in the same process."""
    api = Api(reader, settings)
    app = FastAPI(
        lifespan=api.lifespan,
        middleware=[Middleware(RequestLog)],
        exception_handlers={ApiError: answer_error, HTTPException: answer_http, Exception: answer_crash},
        redirect_slashes=False,
        openapi_url=None,
    )
    app.add_api_route("/v1/chat/completions", api.chat, methods=["POST"])
    app.add_api_route("/v1/models", api.models)
    app.add_api_route("/health", api.health)
    app.add_api_route("/metrics", api.scrape)
    return app


class Api:
    """One method for each path."""

    def __init__(self, reader: Reader, settings: Settings) -> None:
        self._model, self._started = settings.model, int(time.time())
        self._metrics = Metrics()
        self._desk = Desk(reader, seats=settings.seats, queue=settings.queue, observe=self._metrics.seconds.observe)
        self._metrics.watch(self._desk)
        self._warm_up = WarmUp(reader)

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Warm the engine up in the background for as long as the server runs."""
        warming = asyncio.create_task(self._warm_up.run())
        try:
            yield
        finally:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)

    async def chat(self, request: Request) -> Response:
        """Read the one page in the request."""
        # The place comes first: a request that finds none is refused before its body takes memory.
        with self._metrics.counting(), self._desk.place():
            asked = await asyncio.to_thread(parse, await read_body(request), served=self._model)
            text = await while_connected(request, self._desk.read(asked.picture))
            answer = completion(asked, text, model=self._model)
        self._metrics.count_tokens(answer["usage"]["completion_tokens"])
        return JSONResponse(answer)

    async def models(self) -> Response:
        """List the one served name."""
        model = {"id": self._model, "object": "model", "created": self._started, "owned_by": "ocrfleet"}
        return JSONResponse({"object": "list", "data": [model]})

    async def health(self) -> Response:
        """Say whether the engine has read its first picture."""
        self._warm_up.check()
        return JSONResponse({"status": "ok"})

    async def scrape(self) -> Response:
        """Show the metrics."""
        return Response(self._metrics.text(), media_type=CONTENT_TYPE_LATEST)
