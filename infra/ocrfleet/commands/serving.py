"""What an engine's container is given beside its walls: a GPU, weights, places to write, and its command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ocrfleet.agent.home import DEFAULT

if TYPE_CHECKING:
    from ocrfleet.spec import HostSpec
    from ocrfleet.spec.model import Weights

MODELS, SERVED, CACHE = str(DEFAULT / "models"), "/model", "/home/engine/.cache"
OFFLINE = {"HF_HUB_OFFLINE": "1"}

Argv = tuple[str, ...]


def weights(host: HostSpec) -> Weights | None:
    """The commit that is served: the model's, or that of a checkpoint which is quantised already."""
    model = host.model
    ready_made = model and host.build.profile == "quantised" and model.quantisation != "fp8"
    return model.checkpoint if model and ready_made else model


def model_folder(host: HostSpec) -> str | None:
    """Where on the host the weights are: one folder a commit, never written again once it is whole."""
    found = weights(host)
    return f"{MODELS}/{found.repo.replace('/', '--')}/{found.revision}" if found else None


def gpu_words(host: HostSpec) -> Argv:
    """Give the engine its GPU by UUID and shared memory of its own; a host without a GPU gets neither."""
    if "host-ipc" in host.waivers:
        memory: Argv = ("--ipc=host",)
    else:
        memory = (f"--shm-size={host.engine.shm_gib}g",) if host.engine.shm_gib else ()
    if host.gpu is None:
        return memory
    return (f"--gpus=device={host.gpu.uuid}" if host.gpu.uuid else "--gpus=all", *memory)


def model_words(host: HostSpec) -> Argv:
    """Mount the weights, which the engine cannot change, and a volume for what it compiles."""
    folder = model_folder(host)
    if folder is None:
        return ()
    return (
        f"--mount=type=bind,source={folder},target={SERVED},readonly",
        f"--mount=type=volume,source=ocrfleet-{host.name}-cache,target={CACHE}",
    )


def environment(host: HostSpec) -> dict[str, str]:
    """The file's variables; with weights on the host, nothing is asked of the network."""
    return {**(OFFLINE if host.model else {}), **host.engine.env}


def command(host: HostSpec) -> Argv:
    """The server's command line, behind the image."""
    return (*_positional(host), *(word for name, value in sorted(flags(host).items()) for word in _flag(name, value)))


def flags(host: HostSpec) -> Mapping[str, Any]:
    """Every flag: the file's, and for vLLM those that follow from its other keys."""
    if host.engine.vllm is None or host.model is None:
        return host.engine.flags
    online = host.build.profile == "quantised" and host.model.quantisation == "fp8"
    return {
        **host.engine.flags,
        "host": "0.0.0.0",  # noqa: S104  inside its container, on the network without a way out
        "port": host.engine.port,
        "served-model-name": tuple(dict.fromkeys((host.engine.model, host.model.repo))),
        **({"quantization": "fp8"} if online else {}),
    }


def _positional(host: HostSpec) -> Argv:
    return (SERVED,) if host.engine.vllm and host.model else ()


def _flag(name: str, value: str | float | bool | tuple[str | float, ...]) -> Argv:
    """Write one flag: true stands alone, false is the flag's `no-` form, a list is words behind it."""
    if isinstance(value, bool):
        return (f"--{name}" if value else f"--no-{name}",)
    if isinstance(value, tuple):
        return (f"--{name}", *map(str, value))
    return (f"--{name}={value}",)
