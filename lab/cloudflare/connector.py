"""A connector: joins a tunnel with its token, and brings each request to the first rule that is about it.

A rule that asks for Access wants a signature for it; where the team's keys cannot be had, nobody passes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from lab.cloudflare.front import CERTS, DOOR
from lab.cloudflare.messages import JWT, Request, Response, packed, request_of, said
from lab.cloudflare.signing import issuer, proves

WORKERS = 8
HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "keep-alive", "te", "upgrade"}
Origin = Callable[[str, Request], Response]


def rule_for(config: Mapping[str, Any], request: Request) -> Mapping[str, Any]:
    """The first rule whose name and path are the request's."""
    return next(
        rule
        for rule in config.get("ingress", [{"service": "http_status:503"}])
        if rule.get("hostname") in {None, "", request.host}
        and ("path" not in rule or re.search(rule["path"], request.bare_path))
    )


def forward(config: Mapping[str, Any], request: Request, fetch: Callable[[str], str], origin: Origin) -> Response:
    """Bring a request to its origin, if its rule lets it."""
    rule = rule_for(config, request)
    access = rule.get("originRequest", {}).get("access", {})
    if access.get("required") and not proves(request.headers.get(JWT), access, fetch):
        return said(403, "forbidden by the connector")
    kind, _, rest = rule["service"].partition(":")
    return said(int(rest), "") if kind == "http_status" else origin(rule["service"], request)


class Connector:
    """One connection to the edge."""

    def __init__(self, edge: str, token: str) -> None:
        self._http = httpx.Client(base_url=edge, timeout=120.0, limits=httpx.Limits(max_connections=64))
        joined = self._door("POST", "/", headers={"Authorization": f"Bearer {token}"})
        if joined.status_code != httpx.codes.OK:
            self._http.close()
            raise PermissionError(f"the edge does not know this tunnel token: {joined.status_code}")
        self.id = joined.json()["connector"]
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Leave the tunnel, unless the edge is gone."""
        self._stopped.set()
        with suppress(httpx.HTTPError):
            self._door("DELETE", f"/{self.id}")
        for thread in self._threads:
            thread.join()
        self._http.close()

    def wait(self) -> None:
        """Work until the edge is lost, or knows this connector no more."""
        self._stopped.wait()

    @property
    def ready(self) -> bool:
        """Whether it is connected."""
        return not self._stopped.is_set()

    def _work(self) -> None:
        try:
            with suppress(httpx.HTTPError):
                self._carry()
        finally:
            # One that has lost the edge, or does not know what to do, must not take requests and keep them.
            self._stopped.set()

    def _carry(self) -> None:
        while not self._stopped.is_set():
            got = self._door("POST", f"/{self.id}/next")
            if got.status_code == httpx.codes.GONE:
                self._stopped.set()
            if got.status_code == httpx.codes.OK:
                work = got.json()
                response = forward(work["config"], request_of(work["request"]), self._keys, self._origin)
                self._door("POST", f"/{self.id}/{work['number']}", json=packed(response))

    def _door(self, method: str, path: str, **words: Any) -> httpx.Response:
        return self._http.request(method, path, **{**words, "headers": {**words.get("headers", {}), "Host": DOOR}})

    def _keys(self, team: str) -> str:
        host = issuer(team).removeprefix("https://")
        got = self._http.get(CERTS, headers={"Host": host})
        if got.status_code != httpx.codes.OK:
            raise OSError(f"no keys of {team}")
        return got.text

    def _origin(self, service: str, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
        try:
            got = self._http.request(
                request.method,
                f"{service}{request.path}",
                headers={**headers, "Host": request.host},
                content=request.body,
            )
        except httpx.HTTPError:
            return said(502, "the origin does not answer")
        return Response(got.status_code, {"content-type": got.headers.get("content-type", "")}, got.content)


@contextmanager
def connected(edge: str, token: str) -> Iterator[Connector]:
    """Be connected for a while."""
    connector = Connector(edge, token)
    try:
        yield connector
    finally:
        connector.close()
