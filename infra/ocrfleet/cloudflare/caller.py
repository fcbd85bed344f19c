"""Asks a public name as one of its consumers does: over the internet, or at a lab's edge on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ocrfleet.errors import Unknown

# Where a lab's edge answers for every name.
EDGE = "OCRFLEET_EDGE_URL"
SECONDS = 20.0
# Returns the status that GET has for a name, a path and headers.
Ask = Callable[[str, str, Mapping[str, str]], int]


class _Stay(HTTPRedirectHandler):
    """A login page is an answer; nobody follows there, least of all with a credential."""

    def redirect_request(self, *_: object) -> None:
        return None


def ask_name(name: str, path: str, headers: Mapping[str, str]) -> int:
    """Return the status of GET; raise Unknown where there is no answer."""
    url = f"{os.environ.get(EDGE) or f'https://{name}'}{path}"
    request = Request(url, headers={**headers, "Host": name})  # noqa: S310  a name of the host file
    try:
        with build_opener(_Stay).open(request, timeout=SECONDS) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except (OSError, HTTPException) as error:
        raise Unknown(
            f"no answer from {name}: {type(error).__name__}",
            serving="not known from outside",
            changed="nothing by this question",
            fix="run the same command again",
        ) from None
