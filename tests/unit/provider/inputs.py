"""The inputs of both resources, as the program of a stack declares them."""

from typing import Any

from ocrfleet.plan.texts import to_texts
from ocrfleet.provider.values import Secret
from tests.unit.agent.hubs import COMMIT, HUB, REPO
from tests.unit.plan.hosts import SERVICE
from tests.unit.provider.fakes import BASE

POISON = "hunter2-hunter2-hunter2-hunter2"
SSH = {"address": "192.0.2.1", "port": 22, "user": "ocr", "known_hosts": ["ssh-ed25519 AAAA"], "connect_seconds": 10}
OWNER = {"project": "ocrfleet", "stack": "lab"}
DOCKERFILE = f"FROM {BASE}\nRUN make tea\nCMD tea\n"


def image(**changes: Any) -> dict[str, Any]:
    """The inputs of an image."""
    usual = {
        "host": "lab",
        "ssh": SSH,
        "owner": OWNER,
        "name": "engine",
        "files": {"Dockerfile": DOCKERFILE, "deep/ü.txt": "ü\n"},
        "copies": {},
        "arch": "any",
        "buildSecrets": {},
        "limitSeconds": 7200,
        "needs": "",
    }
    return {**usual, **changes}


def service(**changes: Any) -> dict[str, Any]:
    """The inputs of a service; every key of `changes` that the rendered service has is changed there."""
    rendered = {name: changes.pop(name) for name in SERVICE.keys() & changes.keys()}
    usual = {
        "host": "lab",
        "ssh": SSH,
        "owner": OWNER,
        **to_texts({**SERVICE, **rendered}),
        "image": "sha256:engine",
        "proxyImage": "sha256:proxy",
        "needs": "",
        "secrets": {"api-key": {"version": "v1", "value": Secret(POISON)}},
    }
    return {**usual, **changes}


def model(**changes: Any) -> dict[str, Any]:
    """The inputs of a model."""
    usual = {
        "host": "lab",
        "ssh": SSH,
        "owner": OWNER,
        "repo": REPO,
        "revision": COMMIT,
        "hub": HUB,
        "token": {},
        "needs": "",
    }
    return {**usual, **changes}
