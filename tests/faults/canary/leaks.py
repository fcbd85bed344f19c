"""A leak of each kind, made on purpose and taken away again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from lab.project import LabProject
from tests.faults.canary.canaries import Canary, needles
from tests.faults.canary.scanner import Scanner

Leak = Callable[[LabProject, Scanner, tuple[Canary, ...]], None]
BASE, NAME = "ocrfleet-lab/debian:bookworm", "ocrfleet-leak"
LONG_ENOUGH = 1.5


def _said(_: LabProject, scanner: Scanner, canaries: tuple[Canary, ...]) -> None:
    for needle in needles(canaries):
        scanner.text(f"said {needle}", f"an error: {needle}!")
    _all(scanner, len(needles(canaries)))


def _host_file(lab: LabProject, scanner: Scanner, canaries: tuple[Canary, ...]) -> None:
    paths = [f"/var/log/leak-{number}" for number, _ in enumerate(needles(canaries))]
    for path, needle in zip(paths, needles(canaries), strict=True):
        lab.script(f"echo 'x{needle}x' >{path}")
    scanner.host()
    lab.inside("rm", *paths)
    _all(scanner, len(paths))


def _inspected(lab: LabProject, scanner: Scanner, canaries: tuple[Canary, ...]) -> None:
    labels = [f"--label=leak{number}={needle}" for number, needle in enumerate(needles(canaries))]
    lab.inside("docker", "create", f"--name={NAME}", *labels, BASE, "true")
    scanner.host()
    lab.inside("docker", "rm", NAME)
    assert scanner.found["docker inspect"] == set(needles(canaries).values())


def _layer(lab: LabProject, scanner: Scanner, canaries: tuple[Canary, ...]) -> None:
    words = " ".join(needles(canaries))
    lab.script(f"echo '{words}' | docker run -i --name={NAME} --entrypoint=sh {BASE} -c 'cat >/leak'")
    lab.inside("docker", "commit", NAME, NAME)
    lab.inside("docker", "rm", NAME)
    scanner.host()
    lab.inside("docker", "rmi", NAME)
    assert scanner.found["image layers"] == set(needles(canaries).values())


def _project_file(lab: LabProject, scanner: Scanner, canaries: tuple[Canary, ...]) -> None:
    """As the state would be without encryption."""
    leak = lab.root / "state" / "leak.json"
    leak.write_text("\n".join(needles(canaries)), encoding="utf-8")
    scanner.operator()
    leak.unlink()
    assert scanner.found["project file state/leak.json"] == set(needles(canaries).values())


def _host_process(lab: LabProject, scanner: Scanner, canaries: tuple[Canary, ...]) -> None:
    with scanner.sampling():
        for needle in needles(canaries):
            lab.script(f"exec python3 -c 'import time; time.sleep({LONG_ENOUGH})' {needle} &")
        time.sleep(LONG_ENOUGH)
    assert scanner.found["processes on the host"] == set(needles(canaries).values())


def _host_environment(lab: LabProject, scanner: Scanner, canaries: tuple[Canary, ...]) -> None:
    with scanner.sampling():
        for needle in needles(canaries):
            lab.script(f"LEAK={needle} sleep {LONG_ENOUGH} &")
        time.sleep(LONG_ENOUGH)
    assert scanner.found["processes on the host"] == set(needles(canaries).values())


def _operators_process(_: LabProject, scanner: Scanner, canaries: tuple[Canary, ...]) -> None:
    sleep = f"import time; time.sleep({LONG_ENOUGH})"
    with scanner.sampling():
        subprocess.run([sys.executable, "-c", sleep, *needles(canaries)], check=True)
    assert scanner.found["processes of the operator"] == set(needles(canaries).values())


def _all(scanner: Scanner, planted: int) -> None:
    assert len(scanner.found) >= planted, f"{len(scanner.found)} of {planted} were found: {scanner.found}"


LEAKS: dict[str, Leak] = {
    "operator's log or report": _said,
    "file on the host": _host_file,
    "docker inspect": _inspected,
    "image layer": _layer,
    "state or project file": _project_file,
    "argument of a process on the host": _host_process,
    "environment of a process on the host": _host_environment,
    "argument of a process of the operator": _operators_process,
}
