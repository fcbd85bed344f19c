"""Calls of ESC's API through its official SDK: patient where it asks for patience, silent about what it answers.

The SDK's exceptions hold whole answers, and an answer may hold a secret: none of them gets out of here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from ocrfleet.errors import NOTHING_SENT, OcrfleetError, Refused, Unknown

TRIES, SECONDS, LONGEST = 5, 30.0, 300.0
PASSING = frozenset({408, 429, 500, 502, 503, 504})

AGAIN = "run the same command again"
REFUSED: dict[int, tuple[str, str]] = {
    400: ("takes the definition for wrong", "look at it: pulumi env edit {environment}"),
    401: ("does not know the token: it is wrong, or it has expired", "export PULUMI_ACCESS_TOKEN=… with a new one"),
    403: ("lets this token not do that", "give its owner the right to open and edit {environment}"),
    404: ("has nothing of that name", "pulumi env init {environment}, or: pulumi env version history {environment}"),
    409: ("says that somebody else has changed it meanwhile", AGAIN),
}


class Answered(Exception):
    """An answer that the caller wanted to know about."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


@dataclass(frozen=True)
class Cloud:
    """One environment of one service."""

    environment: str
    api: Any  # pulumi_esc_sdk.EscApi, whose import takes a second
    sleep: Callable[[float], None] = time.sleep

    def ask(self, what: str, call: str, *words: object, but: frozenset[int] = frozenset(), **more: Any) -> Any:
        """Make a call of the SDK by its name; raise Refused, Unknown, or Answered for a status in `but`."""
        tries = Retrying(
            sleep=self.sleep,
            stop=stop_after_attempt(TRIES),
            wait=_wait,
            retry=retry_if_exception(_passing),
            reraise=True,
        )
        try:
            return tries(
                getattr(self.api, call), *self.environment.split("/"), *words, **more, _request_timeout=SECONDS
            )
        except Exception as error:  # noqa: BLE001  the SDK lets out whatever its parser meets
            status = getattr(error, "status", None)
            why = str(status) if status else type(error).__name__
        if status in but:
            raise Answered(status)
        raise self.said(what, status, why)

    def said(self, what: str, status: int | None, why: str = "") -> OcrfleetError:
        """Turn a status into our words."""
        if status in REFUSED:
            said, fix = REFUSED[status]
            return Refused(f"ESC cannot {what}: it {said} ({status})", fix=fix.format(environment=self.environment))
        return self.unusable(what, why)

    def unusable(self, what: str, why: str, *, changed: str = "nothing that is known") -> Unknown:
        """Say that there was no answer, or none that means anything."""
        return Unknown(
            f"no answer from ESC that can be used, to {what} of {self.environment}: {why}",
            serving=NOTHING_SENT,
            changed=changed,
            fix=AGAIN,
        )


def connect(environment: str, url: str, sleep: Callable[[float], None] = time.sleep) -> Cloud:
    """Use the operator's token, at the service the host file names and at no other."""
    token = os.environ.get("PULUMI_ACCESS_TOKEN")
    if not token:
        raise Refused("there is no token for ESC here: PULUMI_ACCESS_TOKEN is not set", fix="pulumi.com, Access tokens")
    from pulumi_esc_sdk.api.esc_api import EscApi
    from pulumi_esc_sdk.api_client import ApiClient
    from pulumi_esc_sdk.configuration import Configuration

    # The SDK would take PULUMI_BACKEND_URL instead, which may be a file.
    configuration = Configuration(host=f"{url}/api/esc", access_token=token)
    configuration.retries = False  # type: ignore[assignment]  # one patience is enough
    return Cloud(environment, EscApi(ApiClient(configuration)), sleep)


def _passing(error: BaseException) -> bool:
    import urllib3

    status = getattr(error, "status", None)
    return status in PASSING or isinstance(error, (urllib3.exceptions.HTTPError, OSError))


def _wait(state: RetryCallState) -> float:
    """Double each time, or as long as the answer asks for."""
    error = state.outcome.exception() if state.outcome else None
    asked = (getattr(error, "headers", None) or {}).get("Retry-After", "")
    return min(max(2.0 ** (state.attempt_number - 1), float(asked) if asked.isdecimal() else 0.0), LONGEST)
