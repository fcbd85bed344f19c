"""Whether a machine can run what its host file says, told before any long work. Every refusal says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ocrfleet.agent.models import ROUGHLY_GIB
from ocrfleet.agent.probes import PROBE_SECONDS
from ocrfleet.plan.finding import Finding
from ocrfleet.plan.machine import Gpu, Machine
from ocrfleet.plan.model import lacking
from ocrfleet.plan.needs import Needs
from ocrfleet.plan.reach import container, port, reached

OLDEST_DOCKER = (20, 10)
MOST_SKEW_SECONDS = 30.0
# A published image unpacked, twice for a rollback, and the weights; as files, a few hundred thousand.
LEAST_GIB, IMAGE_GIB, LEAST_INODES = 5.0, 25.0, 500_000


def judge(needs: Needs, machine: Machine, *, now: float) -> list[Finding]:
    """Compare what a host file needs with what its machine told. Memory that is taken may be our own release's."""
    return [
        *(_silent(probe) for probe in machine.silent),
        _arch(needs, machine),
        *_gpu(needs, machine, serving=machine.is_serving),
        *_docker(needs, machine),
        *_room(needs, machine),
        port(needs, machine),
        *reached(needs, machine),
        _clock(machine, now),
    ]


def hindering(findings: list[Finding], task: str) -> list[Finding]:
    """Those that make a task fail: a build, a fetch or a deploy.

    Registry and hub matter to those who go there only. The tunnel matters to all: without it a host with public names
    serves nobody, so nothing long is begun for it.
    """
    elsewhere = {"registry": "build", "hub": "fetch"}
    return [one for one in findings if not one.good and elsewhere.get(one.what, task) == task]


def _silent(probe: str) -> Finding:
    return Finding(
        probe,
        good=False,
        detail=f"no answer in {PROBE_SECONDS:.0f} s; a driver that hangs needs a restart of the machine",
    )


def _arch(needs: Needs, machine: Machine) -> Finding:
    good = needs.arch in {"any", machine.arch}
    return Finding("arch", good, machine.arch if good else f"{machine.arch}, but the host file says {needs.arch}")


def _gpu(needs: Needs, machine: Machine, *, serving: bool) -> Iterator[Finding]:
    if needs.gpu is None:
        return
    gpu, problem = _chosen(needs.gpu.uuid, machine)
    if gpu is None:
        yield Finding("gpu", good=False, detail=problem)
        return
    yield Finding("gpu", good=True, detail=f"{gpu.name} {gpu.uuid}")
    yield _capability(needs.gpu.capability, gpu)
    yield _driver(needs.gpu.driver, gpu)
    if gpu.mig:
        yield Finding("mig", good=False, detail="MIG is on, so the GPU is in parts: nvidia-smi -mig 0, as root")
    yield _memory(needs, machine, gpu, serving=serving)
    yield from container(needs.gpu, machine)


def _chosen(uuid: str | None, machine: Machine) -> tuple[Gpu | None, str]:
    found = [gpu for gpu in machine.gpus if uuid in {None, gpu.uuid}]
    there = ", ".join(f"{gpu.name} {gpu.uuid}" for gpu in machine.gpus)
    if not machine.gpus:
        return None, f"no GPU answers ({machine.smi or 'nvidia-smi shows none'}): install the driver, or restart"
    if not found:
        return None, f"there is no {uuid}, only {there}: correct gpu.uuid"
    if len(found) > 1:
        return None, f"{len(found)} GPUs ({there}): write the one that is meant under gpu.uuid"
    return found[0], ""


def _capability(wanted: str, gpu: Gpu) -> Finding:
    good = gpu.capability == wanted
    said = f"{gpu.capability}" if good else f"{gpu.capability}, but gpu.capability says {wanted}: correct the host file"
    return Finding("compute capability", good, said)


def _driver(oldest: int, gpu: Gpu) -> Finding:
    good = gpu.driver is not None and gpu.driver >= oldest
    fix = f"; the image needs {oldest}: install a newer driver, or an older CUDA (build.base: …-cu129, gpu.driver: 575)"
    return Finding("driver", good, f"{gpu.driver or 'not known'}{'' if good else fix}")


def _memory(needs: Needs, machine: Machine, gpu: Gpu, *, serving: bool) -> Finding:
    shared = gpu.total_gib is None
    declared = needs.gpu is not None and needs.gpu.memory == "shared"
    if shared != declared:
        true = "shared" if shared else "own"
        return Finding("memory", good=False, detail=f"this GPU has {true} memory: write gpu.memory: {true}")
    free, need = (machine.free_gib if shared else gpu.free_gib or 0.0), needs.memory_gib
    if free >= need:
        return Finding("memory", good=True, detail=f"{free} GiB free, {need} needed")
    if serving:
        detail = f"{free} GiB free, {need} needed; the release that serves gives its own back (stop-first)"
        return Finding("memory", good=True, detail=detail)
    others = f"; it is held by {', '.join(machine.apps)}, which nobody here ends" if machine.apps else ""
    detail = f"{free} GiB free, {need} needed, {need - free:.1f} short{others}: end what uses it, then try again"
    return Finding("memory", good=False, detail=detail)


def _docker(needs: Needs, machine: Machine) -> Iterator[Finding]:
    version = tuple(map(int, re.findall(r"\d+", machine.docker)[:2]))
    good = version >= OLDEST_DOCKER
    detail = machine.docker if good else f"{machine.docker or 'no answer'}; 20.10 or newer is needed"
    yield Finding("docker", good, detail)
    member = bool({"docker", "root"} & machine.groups)
    fix = f"{needs.user} is not in the group docker: usermod -aG docker {needs.user}, as root"
    yield Finding("group", member, "docker" if member else fix)
    if needs.gpu is not None:
        fix = "not there: install the package nvidia-container-toolkit, then nvidia-ctk runtime configure, as root"
        yield Finding("container toolkit", bool(machine.toolkit), machine.toolkit or fix)


def _room(needs: Needs, machine: Machine) -> Iterator[Finding]:
    image = 2 * IMAGE_GIB if needs.gpu and not needs.is_built(machine.images) else 0.0
    need = LEAST_GIB + image + (ROUGHLY_GIB if needs.model and lacking(machine.models, *needs.model[:2]) else 0.0)
    good = machine.disk_gib >= need
    short = f", {need - machine.disk_gib:.1f} short: free some (docker system df tells where it is)"
    yield Finding("disk", good, f"{machine.disk_gib} GiB free, {need} needed{'' if good else short}")
    enough = machine.inodes >= LEAST_INODES
    yield Finding("inodes", enough, "enough" if enough else f"{machine.inodes:.0f} free, {LEAST_INODES} needed")


def _clock(machine: Machine, now: float) -> Finding:
    skew = machine.now - now
    good = abs(skew) < MOST_SKEW_SECONDS
    return Finding("clock", good, f"{skew:+.1f} s from this machine's{'' if good else ': set it (timedatectl)'}")
