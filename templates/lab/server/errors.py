"""Every answer that is not a page, as one tree, in the shape OpenAI clients know.

::

    ApiError               status  type                   counted as
    ├── BadRequest            400  invalid_request_error  refused
    │   ├── UnknownModel      404
    │   ├── BodyTooSlow       408
    │   └── BodyTooLarge      413
    ├── Busy                  429  rate_limit_error       busy
    ├── ClientGone            499  server_error           gone     nobody is there to read it
    ├── EngineFailed          500  server_error           failed
    │   └── EngineTooSlow     504
    └── NotReady              503  server_error           failed

A message is written for the caller: it names no path, no stack and no page content of this machine.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

INVALID, LIMITED, OURS = "invalid_request_error", "rate_limit_error", "server_error"


class ApiError(Exception):
    """A request that gets no page; it knows its own answer."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = OURS
    code: ClassVar[str | None] = None
    outcome: ClassVar[str] = "failed"

    def __init__(self, message: str, *, param: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.message, self.param, self.headers = message, param, headers
        super().__init__(message)


class BadRequest(ApiError):
    """The caller has to send something else."""

    status, type, outcome = 400, INVALID, "refused"


class UnknownModel(BadRequest):
    """The caller asked for a model that is not served here."""

    status, code = 404, "model_not_found"

    def __init__(self, asked: str, *, served: str) -> None:
        super().__init__(f"The model {asked[:100]!r} is not served here; ask for {served!r}.", param="model")


class BodyTooSlow(BadRequest):
    """The body did not arrive in time."""

    status, code = 408, "body_too_slow"


class BodyTooLarge(BadRequest):
    """The body is larger than one page can be."""

    status, code = 413, "body_too_large"


class Busy(ApiError):
    """Every seat and every waiting place is taken."""

    status, type, code, outcome = 429, LIMITED, "queue_full", "busy"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(
            f"All waiting places are taken; try again in {retry_after} s.",
            headers={"Retry-After": str(retry_after)},
        )


class ClientGone(ApiError):
    """The caller hung up; the status is for the log."""

    status, code, outcome = 499, "client_gone", "gone"

    def __init__(self) -> None:
        super().__init__("The caller closed the connection.")


class EngineFailed(ApiError):
    """The engine could not read the page; the log says why."""

    code = "engine_failed"


class EngineTooSlow(EngineFailed):
    """The engine was stopped at its time limit."""

    status, code = 504, "engine_timeout"


class NotReady(ApiError):
    """The engine has not read its first picture yet."""

    status, code = 503, "warming_up"


async def answer_error(_request: Request, error: ApiError) -> JSONResponse:
    """What the caller gets for an error of ours."""
    content = _shape(error.message, kind=error.type, param=error.param, code=error.code)
    return JSONResponse(content, error.status, error.headers)


async def answer_http(request: Request, error: HTTPException) -> JSONResponse:
    """What the caller gets for a path or method that does not exist."""
    message = f"{HTTPStatus(error.status_code).phrase}: {request.method} {request.url.path[:100]}"
    return JSONResponse(_shape(message, kind=INVALID), error.status_code, error.headers)


async def answer_crash(_request: Request, _error: Exception) -> JSONResponse:
    """What the caller gets for a mistake in this program: nothing about it."""
    return JSONResponse(_shape("The server failed; its log says why.", kind=OURS), 500)


def _shape(message: str, *, kind: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
