"""Everything a deploy sends to a host, computed from its host file and templates."""

from dataclasses import dataclass
from typing import Any

from ocrfleet.commands import containers
from ocrfleet.commands.serving import model_folder, weights
from ocrfleet.edge import WantedEdge, wanted_edge
from ocrfleet.project import Project
from ocrfleet.render.context import BuildContext, build_context
from ocrfleet.render.gate import gate
from ocrfleet.render.templates import Templates
from ocrfleet.spec import HostSpec

FORMAT = 1


@dataclass(frozen=True)
class Rendered:
    """Two build contexts, the service that runs their images, and the edge that leads to it, if any does."""

    engine: BuildContext
    proxy: BuildContext
    service: dict[str, Any]
    edge: WantedEdge | None = None


def render(project: Project, host: HostSpec) -> Rendered:
    """Render a host. Pure but for reading templates; raises BadTemplate."""
    return Rendered(
        engine=build_context(project, host, name="engine", folder=host.build.folder),
        proxy=build_context(project, host, name="proxy", folder="_proxy", apart="Caddyfile"),
        service=_service(project, host),
        edge=wanted_edge(host),
    )


def _service(project: Project, host: HostSpec) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "host": host.name,
        "run": list(containers.create_engine(host)),
        "networks": {name: list(words) for name, words in containers.create_networks(host).items()},
        "subnet": host.network.engines,
        "engine": {
            "port": host.engine.port,
            "memory_gib": host.engine.memory_gib,
            "in_flight_metrics": list(host.engine.in_flight_metrics),
            "stop_seconds": host.engine.stop_seconds,
        },
        "proxy": {
            "run": list(containers.create_proxy(host)),
            "caddyfile": Templates(project).render("_proxy/Caddyfile.j2", host),
            "port": host.proxy.port,
            "api_keys": list(host.proxy.api_keys),
        },
        **_model(host),
        "gate": gate(project, host),
        "cutover": host.cutover.model_dump(),
        "keep": host.retention.keep,
    }


def _model(host: HostSpec) -> dict[str, Any]:
    """What must be whole in its folder on the host before an engine starts; nothing for engines that bring theirs."""
    found = weights(host)
    return {"model": {**found.model_dump(include={"repo", "revision"}), "folder": model_folder(host)}} if found else {}
