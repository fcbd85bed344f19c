"""vLLM's one shape of an error: message, type, param, and the status as code."""

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from server.errors import ApiError, BadRequest

TYPES = {400: "BadRequestError", 404: "NotFoundError"}


class Missing(BadRequest):
    """There is no such model."""

    status = 404


async def answer_error(_request: Request, error: ApiError) -> JSONResponse:
    """A request that gets no page."""
    return _answer(error.status, error.message, TYPES.get(error.status, "InternalServerError"), error.param)


async def answer_http(_request: Request, error: HTTPException) -> JSONResponse:
    """A path or method that does not exist."""
    return _answer(error.status_code, error.detail, HTTPStatus(error.status_code).phrase)


def _answer(status: int, message: str, kind: str, param: str | None = None) -> JSONResponse:
    content: dict[str, Any] = {"message": message, "type": kind, "param": param, "code": status}
    return JSONResponse({"error": content}, status)
