"""The HTTP door: vLLM's paths, as far as this project knows them."""

import asyncio
import time
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from lab.standin import VERSION
from lab.standin.answer import completion, say
from lab.standin.asked import parse
from lab.standin.engine import Engine
from lab.standin.errors import answer_error, answer_http
from lab.standin.metrics import Metrics
from server.body import read_body
from server.client import while_connected
from server.desk import Desk
from server.errors import ApiError
from server.reader import Reader

# vLLM lets everybody wait.
QUEUE = 100_000


def build_app(engine: Engine, reader: Reader) -> FastAPI:
    """The server around a loaded model."""
    api = Api(engine, reader)
    app = FastAPI(
        exception_handlers={ApiError: answer_error, HTTPException: answer_http},
        redirect_slashes=False,
        openapi_url=None,
    )
    app.add_api_route("/v1/chat/completions", api.chat, methods=["POST"])
    app.add_api_route("/v1/models", api.models)
    app.add_api_route("/health", api.health)
    app.add_api_route("/ping", api.health, methods=["GET", "POST"])
    app.add_api_route("/version", api.version)
    app.add_api_route("/metrics", api.scrape)
    return app


class Api:
    """One method for each path."""

    def __init__(self, engine: Engine, reader: Reader) -> None:
        self._engine, self._started = engine, int(time.time())
        self._desk = Desk(reader, seats=engine.seats, queue=QUEUE, observe=lambda _: None)
        self._metrics = Metrics(engine.names[0], self._desk)

    async def chat(self, request: Request) -> Response:
        """Read the one page in the request."""
        begun = time.monotonic()
        with self._desk.place():
            asked = await asyncio.to_thread(parse, await read_body(request), self._engine)
            text = await while_connected(request, self._desk.read(asked.picture)) if asked.picture else ""
            said = say(asked, self._engine, text)
        seconds = time.monotonic() - begun
        self._metrics.count(said[1], prompt=asked.prompt_tokens, generated=said[2], seconds=seconds)
        return JSONResponse(completion(asked, said))

    async def models(self) -> Response:
        """List every name it is served under."""
        card = {"object": "model", "created": self._started, "owned_by": "vllm", "root": self._engine.root}
        rest: dict[str, Any] = {"parent": None, "max_model_len": self._engine.context, "permission": []}
        data = [{"id": name, **card, **rest} for name in self._engine.names]
        return JSONResponse({"object": "list", "data": data})

    async def health(self) -> Response:
        """Nothing but 200: who listens has loaded."""
        return Response()

    async def version(self) -> Response:
        return JSONResponse({"version": VERSION})

    async def scrape(self) -> Response:
        """Show the metrics."""
        return Response(self._metrics.text(), media_type=CONTENT_TYPE_LATEST)
