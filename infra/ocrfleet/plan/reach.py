"""Whether a machine reaches whom a deploy needs, and can give a container its GPU."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ocrfleet.plan.finding import Finding
from ocrfleet.plan.machine import NO_PROGRAM, TIMED_OUT, Answer, Machine
from ocrfleet.plan.model import lacking
from ocrfleet.plan.needs import Gpu, Needs

# A line of nvidia-smi -L.
LISTED = re.compile(r"GPU \d+: ")
INSTALL = "install the package nvidia-container-toolkit, then nvidia-ctk runtime configure --runtime=docker and restart"
# What Docker and the toolkit say of a container that gets no GPU, and what helps.
REMEDIES = {
    "could not select device driver": f"{INSTALL} Docker, as root",
    "unknown or invalid runtime name": f"{INSTALL} Docker, as root",
    "driver not loaded": "the driver is not loaded: install it, or restart the machine",
    "driver error": "the driver does not answer: restart the machine",
    "unsatisfied condition: cuda": "install a newer driver, or take an image for an older CUDA (v…-cu129)",
    "unknown device": "correct gpu.uuid: nvidia-smi -L shows it",
    "unresolvable CDI devices": "nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml, as root",
    "Hook directly": "set mode = auto in /etc/nvidia-container-runtime/config.toml, as root",
    "cgroup subsystem devices not found": "update the package nvidia-container-toolkit, as root",
    "Failed to initialize NVML": "set no-cgroups = false in /etc/nvidia-container-runtime/config.toml, restart Docker",
}


def reached(needs: Needs, machine: Machine) -> Iterator[Finding]:
    """Say of everybody who is still needed whether they answer."""
    missing = () if needs.is_built(machine.images) else [base for base in needs.bases if base not in machine.images]
    is_fetched = needs.model is None or lacking(machine.models, *needs.model[:2]) is None
    asked = {
        # How Docker gets images by a way of its own is not seen from here.
        "registry": () if machine.has_detour else needs.registries(missing),
        "hub": () if is_fetched else needs.hub,
        "tunnel": needs.tunnel,
    }
    for what, places in asked.items():
        for place in places:
            yield _answers(what, place, machine.reach.get(place))


def container(gpu: Gpu, machine: Machine) -> Iterator[Finding]:
    """Say what a container that was started with the GPU saw of it."""
    said = machine.container
    if said is not None:
        yield Finding("gpu in a container", *_seen(gpu, said))


def port(needs: Needs, machine: Machine) -> Finding:
    """Say whether the port of the service is free, or ours already."""
    if f":{needs.port}->" in machine.proxy:
        return Finding("port", good=True, detail=f"{needs.port} is our proxy's")
    if needs.port not in machine.listening:
        return Finding("port", good=True, detail=f"{needs.port} is free")
    fix = f"ss -ltnp on the host tells who has it; free it, or set proxy.port in hosts/{needs.host}.yaml"
    return Finding("port", good=False, detail=f"{needs.port} is taken by something that is not ours: {fix}")


def _answers(what: str, place: str, said: Answer | None) -> Finding:
    if said is not None and said.code == 0:
        return Finding(what, good=True, detail=f"{place} answers")
    why = "no answer in time" if said is None or said.code == TIMED_OUT else said.last
    fix = "the machine needs a way out to it: look at its DNS and its firewall"
    return Finding(what, good=False, detail=f"{place} is not reached ({why}): {fix}")


def _seen(gpu: Gpu, said: Answer) -> tuple[bool, str]:
    if said.code == 0 and not LISTED.match(said.out):
        return _by_the_toolkit(said)
    if said.code == 0:
        seen = said.out.splitlines()[0]
        is_it = gpu.uuid is None or gpu.uuid in said.out
        return is_it, seen if is_it else f"{seen}, and not {gpu.uuid}: correct gpu.uuid"
    if said.code == NO_PROGRAM and "nvidia-smi" in said.err:
        return True, "a container starts with it; there is no nvidia-smi in it to name it by"
    if said.code == TIMED_OUT:
        return False, "no container with it starts in time: restart Docker, then the machine"
    fix = next((fix for sign, fix in REMEDIES.items() if sign in said.err + said.out), INSTALL)
    return False, f"{said.last}: {fix}"


def _by_the_toolkit(said: Answer) -> tuple[bool, str]:
    """Read nvidia-container-cli info, which was asked where no image was there yet."""
    uuid = next((line.partition(":")[2].strip() for line in said.out.splitlines() if line.startswith("GPU UUID")), "")
    if uuid:
        return True, f"{uuid}, by nvidia-container-cli: there is no image yet to look from inside"
    return False, f"nvidia-container-cli shows no GPU: {INSTALL} Docker, as root"
