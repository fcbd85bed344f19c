"""What it costs to go through edge and proxy, and how long a rotation takes, on a lab host that serves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median, quantiles

import httpx

from lab.bench.figures import tell, timed
from lab.bench.ground import Ground
from lab.bench.restoring import ADDRESS
from lab.cloudflare.before import CONSUMER, NAME, Before, before
from lab.forward import forwarded
from lab.project import KEY
from ocrfleet.edge.credential import credential_of, secret_name
from ocrfleet.operate.rotating import Rotating
from ocrfleet.project import Project
from ocrfleet.rotation.outcome import Lap
from ocrfleet.secrets.config import ConfigStore
from ocrfleet.spec.public import MODELS

REQUESTS, WARM, SOON = 1000, 50, Lap(1.0)
# The lap, and then a guard's look.
SETTLED = 5.0


def measure(ground: Ground) -> None:
    """Ask the engine directly and through edge and proxy, in turns; then renew what was shown."""
    with before(ground.project) as name:
        rotating = _rotating(ground, name)
        list(rotating.hand_out(name.client))
        kept = rotating.store.read()[secret_name(CONSUMER)]
        shown = credential_of(kept, ground.project.name, CONSUMER)
        if shown is None:
            raise SystemExit("the consumer was given no credential")
        _overhead(ground, name, {**shown.headers, "Authorization": f"Bearer {KEY}"})
        access = _rotations(ground, lambda: list(rotating.access(name.client, SOON, None, lambda _: None)))
        tell("rotate access: one consumer, used through the edge, s", median(access), all=access)
        keys = _rotations(ground, lambda: list(rotating.keys(SOON, None)))
        tell("rotate api-key: used through the edge, s", median(keys), all=keys)


def _rotating(ground: Ground, name: Before) -> Rotating:
    project = ground.project
    stack = f"--stack={project.name}"
    store = ConfigStore(project.name, lambda words, given: project.pulumi(*words, stack, stdin=given or "").out)

    def ask(host: str, path: str, headers: Mapping[str, str]) -> int:
        return httpx.get(f"{name.url}{path}", headers={"Host": host, **headers}).status_code

    return Rotating(Project(project.root), name.host, project.remote, store, ask)


def _rotations(ground: Ground, rotate: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(ground.rounds):
        times.append(timed(rotate))
        time.sleep(SETTLED)
    return times


def _overhead(ground: Ground, name: Before, shown: Mapping[str, str]) -> None:
    """Both ways lead through the same SSH connection, so what is between them is edge, connector and proxy."""
    project = ground.project
    container = ground.serving["container"]
    address = project.inside("docker", "inspect", f"--format={ADDRESS}", container).out.strip()
    with (
        forwarded(project, project.host.engine.port, address) as engine_port,
        forwarded(project, project.host.proxy.port) as proxy_port,
        httpx.Client(timeout=30.0) as http,
    ):
        ports = [f"http://127.0.0.1:{port}{MODELS}" for port in (engine_port, proxy_port)]
        direct = [lambda url=url: http.get(url, headers=shown) for url in ports]
        ways = [*direct, lambda: http.get(f"{name.url}{MODELS}", headers={"Host": NAME, **shown})]
        times = [[_seconds(way) for way in ways] for _ in range(WARM + REQUESTS)][WARM:]
    engine, proxy, edge = (list(one) for one in zip(*times, strict=True))
    tell("proxy / request: median over the engine direct, s", median(proxy) - median(engine), **_told(proxy, engine))
    tell("proxy / request: p99 over the engine direct, s", _p99(proxy) - _p99(engine), **_told(proxy, engine))
    tell(
        "edge + proxy / request: median over the engine direct, s", median(edge) - median(engine), **_told(edge, engine)
    )
    tell("edge + proxy / request: p99 over the engine direct, s", _p99(edge) - _p99(engine), **_told(edge, engine))


def _told(through: list[float], engine: list[float]) -> dict[str, float]:
    medians = {"through_median": median(through), "engine_median": median(engine)}
    return {**medians, "through_p99": _p99(through), "engine_p99": _p99(engine), "requests": len(through)}


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def _seconds(ask: Callable[[], httpx.Response]) -> float:
    start = time.monotonic()
    status = ask().status_code
    if status != httpx.codes.OK:
        raise SystemExit(f"a request was answered {status}")
    return time.monotonic() - start
