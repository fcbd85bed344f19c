"""Asks an image registry which digest a tag has now: the registries' own HTTP interface, without an account."""

from __future__ import annotations

import hashlib
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ocrfleet.agent.objects import object_of
from ocrfleet.errors import Refused
from ocrfleet.plan.reference import Reference

OK, UNAUTHORISED = 200, 401
MOST_BYTES, SECONDS = 4_000_000, 20.0
KINDS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
CHALLENGE = re.compile(r'(realm|service|scope)="([^"]*)"')


@dataclass(frozen=True)
class Answer:
    """What a web server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Web(Protocol):
    """The seam: one GET request. Raises OSError when nobody answers."""

    def get(self, url: str, headers: Mapping[str, str]) -> Answer: ...


class Https:
    """The real web."""

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310  `_url` writes https
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as reply:  # noqa: S310  the same
                return Answer(reply.status, dict(reply.headers.lower_items()), reply.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            return Answer(error.code, {name.lower(): text for name, text in error.headers.items()}, b"")


def resolve(web: Web, text: str, *, arch: str) -> str:
    """Return the digest a tag has now; raise Refused where that is not known, or there is no image for the machine."""
    reference = Reference.parse(text)
    try:
        answer = _manifest(web, reference)
    except OSError as error:
        raise _refused(text, f"{reference.registry} does not answer: {error}") from None
    if answer.status != OK:
        raise _refused(text, f"{reference.registry} answered {answer.status}")
    digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
    if answer.headers.get("docker-content-digest", digest) != digest:
        raise _refused(text, "what arrived is not what the registry says it is")
    arches = _arches(text, answer.body)
    if arches and arch != "any" and arch not in arches:
        raise _refused(text, f"it has no image for {arch}, only for {', '.join(sorted(arches))}")
    return digest


def _manifest(web: Web, reference: Reference) -> Answer:
    """Ask, and once more with the token that everybody gets when the registry wants one."""
    headers = {"Accept": ", ".join(KINDS)}
    answer = web.get(reference.url, headers)
    if answer.status != UNAUTHORISED:
        return answer
    challenge = dict(CHALLENGE.findall(answer.headers.get("www-authenticate", "")))
    realm = challenge.pop("realm", "")
    if not realm.startswith("https://"):
        return answer
    granted = web.get(f"{realm}?{urllib.parse.urlencode(challenge)}", {})
    token = object_of(granted.body) or {}
    word = token.get("token") or token.get("access_token")
    return web.get(reference.url, {**headers, "Authorization": f"Bearer {word}"}) if word else answer


def _arches(text: str, body: bytes) -> set[str]:
    """The architectures an index has images for; a single image does not say."""
    found = object_of(body)
    if not found:
        raise _refused(text, "the registry did not send a manifest")
    platforms = (entry.get("platform", {}) for entry in found.get("manifests", ()))
    return {str(platform.get("architecture")) for platform in platforms} - {"unknown", "None"}


def _refused(text: str, why: str) -> Refused:
    return Refused(f"the digest of {text} is not known: {why}", fix="check the name and the connection, then try again")
