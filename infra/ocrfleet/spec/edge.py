"""Under which public names a host answers."""

from typing import Annotated

from pydantic import Field

from ocrfleet.spec.expect import Strict, expect

PublicName = Annotated[
    str,
    Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20}$"),
    expect("a public host name in small letters, like deepseek.example.org"),
]
Origin = Annotated[
    str,
    Field(pattern=r"^(service|http://127\.0\.0\.1:[1-9][0-9]{0,4})$"),
    expect("service, or something on the machine's own loopback, like http://127.0.0.1:11434"),
]


class Edge(Strict):
    """What the tunnel of a host answers to; every name gets its own access policy before it exists."""

    hostnames: dict[PublicName, Origin] = Field(default={}, description="Public names, and who answers behind each.")
