"""Makes the files of a new host, so that adding one takes no Python."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ocrfleet.errors import Refused
from ocrfleet.project import Project
from ocrfleet.spec.expect import Address, Name, User

HOST = """\
# yaml-language-server: $schema=host.schema.json
name: {name}
arch: any

ssh:
  address: {address}
  user: {user}
  # known_hosts is written by: ocrfleet trust {host}

build:
  template: {name}
  # By digest, so that it stays the same; a newer one: docker buildx imagetools inspect debian:bookworm-slim
  base: {base}
  secrets:
    ca_bundle: {{path_from_env: SSL_CERT_FILE}}
    pip_index: {{from_env: PIP_INDEX_URL}}

engine:
  model: tesseract
  memory_gib: 0.5
  in_flight_metrics: [ocr_requests_in_flight]

proxy:
  api_keys: [api-key]
"""
# An index of images: every architecture finds its own behind this digest.
BASE = "debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716"
STACK = """\
# Settings and encrypted secrets of the stack {name}, filled by: pulumi stack init, pulumi config set --secret
config: {{}}
"""


def scaffold(project: Project, name: str, *, address: str, user: str) -> list[Path]:
    """Make hosts/NAME.yaml, templates/NAME/ and Pulumi.NAME.yaml, or nothing; refuse when one of them exists."""
    for kind, value in ((Name, name), (Address, address), (User, user)):
        _valid(kind, value)
    host = project.hosts / f"{name}.yaml"
    template = project.templates / name
    stack = project.root / f"Pulumi.{name}.yaml"
    for path in (host, template, stack):
        if path.exists():
            raise Refused(f"{path.relative_to(project.root)} exists already", fix="choose another name")
    # Quoted, because YAML takes some addresses and names for numbers.
    places = {"address": json.dumps(address), "user": json.dumps(user), "name": json.dumps(name)}
    with _or_nothing(host, template, stack):
        shutil.copytree(project.templates / "lab", template, ignore=shutil.ignore_patterns("__pycache__"))
        stack.write_text(STACK.format(name=name), encoding="utf-8")
        host.write_text(HOST.format_map({**places, "host": name, "base": BASE}), encoding="utf-8")
    return [path.relative_to(project.root) for path in (host, template, stack)]


@contextmanager
def _or_nothing(*paths: Path) -> Iterator[None]:
    """Take away what was made when not all of it can be made."""
    try:
        yield
    except BaseException as error:
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise Refused(f"cannot make the files: {error}", fix="make the project writable, with room left") from None
        raise


def _valid(kind: Any, value: str) -> None:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise Refused(f"{value!r}: {error.errors()[0]['msg']}", fix="ocrfleet init --help") from None
