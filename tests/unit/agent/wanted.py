"""What an operator sends: a service, the images it runs, and who owns it."""

from __future__ import annotations

import copy
from typing import Any

from tests.unit.agent.behaviour import GOLDEN, MODEL

OWNER = {"project": "ocr", "stack": "spark"}
PROXY_IMAGE, KEY_VERSION = "sha256:proxy", "v1"
START_FIRST, STOP_FIRST = "start-first", "stop-first"


def wanted(image: str = "one", **changes: Any) -> dict[str, Any]:
    """What an operator sends: a service, the images it runs, the versions of its secrets. `a__b=c` changes a.b."""
    service = copy.deepcopy(SERVICE)
    for path, value in changes.items():
        *folders, name = path.split("__")
        place: Any = service
        for folder in folders:
            place = place[folder]
        place[name] = value
    return {
        "service": service,
        "image": f"sha256:{image}",
        "proxy_image": PROXY_IMAGE,
        "secrets": {"api-key": KEY_VERSION},
    }


def _network(name: str, subnet: str, *words: str) -> list[str]:
    return ["docker", "network", "create", "--label=ocrfleet.host=lab", f"--subnet={subnet}", *words, name]


SERVICE: dict[str, Any] = {
    "format": 1,
    "host": "lab",
    "run": [
        "docker",
        "create",
        "@placement",
        "--label=ocrfleet.host=lab",
        "--label=ocrfleet.part=engine",
        "--network=ocrfleet-engines",
        "--restart=no",
        "@image",
        "--psm=6",
    ],
    "networks": {
        "ocrfleet-engines": _network("ocrfleet-engines", "172.30.240.0/24", "--internal"),
        "ocrfleet-front": _network("ocrfleet-front", "172.30.241.0/28"),
    },
    "subnet": "172.30.240.0/24",
    "engine": {"port": 8000, "memory_gib": 8.0, "in_flight_metrics": ["busy", "waiting"], "stop_seconds": 30.0},
    "proxy": {
        "run": [
            "docker",
            "create",
            "@placement",
            "--label=ocrfleet.host=lab",
            "--label=ocrfleet.part=proxy",
            "--network=ocrfleet-front",
            "--publish=127.0.0.1:8000:8080",
            "@image",
        ],
        "caddyfile": "http://:8080\n",
        "port": 8000,
        "api_keys": ["api-key"],
    },
    "gate": {
        "port": 8000,
        "model": MODEL,
        "health": {"path": "/health", "seconds": 20.0},
        "page": {"request": {"model": MODEL}, "expected": GOLDEN, "max_error_rate": 0.05, "seconds": 5.0},
        "healthy_seconds": 1.0,
    },
    "cutover": {"strategy": "auto", "reserve_gib": 2.0, "drain_seconds": 4.0},
    "keep": 3,
}
