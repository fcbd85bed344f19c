"""What a release must show before it takes traffic, as values for the host's agent."""

from typing import Any

from ocrfleet.asking.request import gate_request
from ocrfleet.errors import BadTemplate, Problem
from ocrfleet.project import Project
from ocrfleet.spec import HostSpec


def gate(project: Project, host: HostSpec) -> dict[str, Any]:
    """Describe the gate: deadlines in seconds, and the golden page with the text it must give."""
    folder = project.templates / "_gate" / host.gate.page
    return {
        "port": host.engine.port,
        "model": host.engine.model,
        "health": {"path": host.gate.health_path, "seconds": host.gate.ready_seconds},
        "page": {
            "request": gate_request(host, _read(folder / "page.png")),
            "expected": _read(folder / "page.txt").decode(),
            "max_error_rate": host.gate.max_error_rate,
            "seconds": host.gate.page_seconds,
        },
        "healthy_seconds": host.gate.healthy_seconds,
    }


def _read(path: Any) -> bytes:
    try:
        return bytes(path.read_bytes())
    except OSError:
        name = f"templates/_gate/{path.parent.name}/{path.name}"
        raise BadTemplate([Problem(name, 1, "(file)", "expected, but it is missing")]) from None
