"""What tells others about the machine, in a container beside the service: what a host file may say of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from ocrfleet.errors import Problem
from ocrfleet.spec.build import ImageReference
from ocrfleet.spec.expect import Many, Plain, Port, Strict
from ocrfleet.spec.marks import Marks, Path
from ocrfleet.spec.service import Proxy

UNPINNED = "unpinned-base"
# The connector has this name among what runs beside a service.
CONNECTOR = "connector"


class Exporter(Strict):
    """A container that only tells, on the machine's loopback; it gets no secret, and nothing outside answers it."""

    image: ImageReference = Field(description="Its image; pinned by digest unless waived.")
    listens: Port = Field(description="Where it listens inside its container.")
    port: Port = Field(description="Where it answers, on 127.0.0.1 of the host only.")
    command: Many[Plain] = Field(default=(), max_length=40, description="Its command line, behind the image.")
    gpu: bool = Field(default=False, description="Whether it may see the machine's GPUs.")


def beside_problems(data: Mapping[Any, Any], marks: Marks) -> Iterator[Problem]:
    """Name every image beside the service that is not pinned, and every port that is taken."""
    for path, image in _images(data):
        if isinstance(image, str) and "@sha256:" not in image and UNPINNED not in _of(data, "waivers"):
            yield marks.problem(
                path, "expected an image pinned by digest (name:tag@sha256:…), or the waiver unpinned-base"
            )
    if CONNECTOR in _of(data, "exporters"):
        yield marks.problem(("exporters", CONNECTOR), "expected another name: the edge's connector has this one")
    taken = [_of(data, "proxy").get("port", Proxy.model_fields["port"].default)]
    for name, said in _of(data, "exporters").items():
        port = said.get("port") if isinstance(said, dict) else None
        if port in taken and port is not None:
            yield marks.problem(("exporters", str(name), "port"), "expected a port that nothing else of this file has")
        taken.append(port)


def _images(data: Mapping[Any, Any]) -> Iterator[tuple[Path, Any]]:
    yield ("edge", "connector"), _of(data, "edge").get("connector")
    for name, said in _of(data, "exporters").items():
        yield ("exporters", str(name), "image"), said.get("image") if isinstance(said, dict) else None


def _of(data: Mapping[Any, Any], key: str) -> Mapping[Any, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}
