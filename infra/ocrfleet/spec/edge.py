"""The public edge of a host: what a host file may say. A name without its own audience cannot be written."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ocrfleet.spec.build import ImageReference
from ocrfleet.spec.expect import Many, Name, Strict, UrlPath, expect

CLOUDFLARED = "cloudflare/cloudflared:2026.7.3@sha256:e39ee8da81ad5e05d77f38d2f51c60ca51bf2a8450ac3abab50c17fdb91d91bf"
OPEN_TO_ALL = frozenset({"all", "any", "anybody", "anyone", "everybody", "everyone", "bypass", "public"})


def _one_consumer(name: str) -> str:
    if name in OPEN_TO_ALL or name.startswith(("any-valid", "any-service")):
        raise ValueError
    return name


PublicName = Annotated[
    str,
    Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20}$"),
    expect("a whole public host name in small letters, like deepseek.example.org: no wildcard, and paths under paths"),
]
Origin = Annotated[
    str,
    Field(pattern=r"^(service|http://127\.0\.0\.1:[1-9][0-9]{0,4})$"),
    expect("service, or something on the machine's own loopback, like http://127.0.0.1:11434"),
]
Consumer = Annotated[
    Name,
    AfterValidator(_one_consumer),
    expect("one consumer's name, like page-worker: each gets a token of its own, and nobody is let in without one"),
]
Team = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    expect("a Zero Trust team's name: the first part of NAME.cloudflareaccess.com"),
]
Account = Annotated[
    str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,100}$"), expect("an account's name as Cloudflare shows it")
]
Session = Annotated[
    str, Field(pattern=r"^([1-9][0-9]{0,3}m|[1-9][0-9]{0,2}h)$"), expect("minutes or hours, like 30m or 24h")
]


class Hostname(Strict):
    """One public name: who answers behind it, to which paths, and for whom."""

    service: Origin = Field(default="service", description="Who answers: our service, or something on the loopback.")
    paths: Many[UrlPath] = Field(
        default=(), max_length=20, description="Paths that reach it, literally; default: the service's own."
    )
    audience: Many[Consumer] = Field(
        min_length=1, max_length=20, description="Consumers that may call it; each shows a service token of its own."
    )
    session: Session | None = Field(default=None, description="How long one login lasts; default: the edge's.")


class Edge(Strict):
    """The tunnel of a host and what it answers to; every name gets its own access policy before it exists."""

    zone: PublicName = Field(description="The zone that all names are in.")
    team: Team = Field(description="The Zero Trust team that signs what the connector checks.")
    account: Account | None = Field(default=None, description="The account that must own the zone; default: any.")
    tunnel: Name | None = Field(default=None, description="The tunnel's name; default: ocrfleet- and the host's name.")
    connector: ImageReference = Field(
        default=CLOUDFLARED, description="The image of cloudflared; pinned by digest unless waived."
    )
    session: Session = Field(default="24h", description="How long one login lasts.")
    hostnames: dict[PublicName, Hostname] = Field(
        min_length=1, max_length=50, description="Public names, and what is behind each."
    )
