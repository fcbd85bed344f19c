"""The engine computes on the GPU that its host file names. Looked at where a host has a GPU."""

import json
from typing import Any

import pytest
from testinfra.host import Host

from ocrfleet.spec import HostSpec

# What the engine's own Python sees; asking makes no copy of the model and holds no memory afterwards.
LOOK = """\
import json, torch
there = torch.cuda.is_available()
print(json.dumps({
    "torch": torch.__version__,
    "cuda": torch.version.cuda,
    "gpus": torch.cuda.device_count() if there else 0,
    "capability": ".".join(map(str, torch.cuda.get_device_capability())) if there else None,
    "name": torch.cuda.get_device_name() if there else None,
}))"""


@pytest.fixture
def torch(host: Host, serving: dict[str, Any]) -> dict[str, Any]:
    """What the engine's torch says of itself."""
    return look(host, serving["container"])


def look(host: Host, container: str) -> dict[str, Any]:
    """Ask the Python in a container."""
    done = host.run("docker exec %s python3 -c %s", container, LOOK)
    assert done.rc == 0, f"the engine's Python has no torch that loads: {done.stderr.strip()[-200:]}"
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_the_engine_computes_on_its_gpu_and_not_on_the_processor(torch: dict[str, Any], record_property: Any) -> None:
    assert torch["cuda"], f"torch {torch['torch']} is one for processors only"
    assert torch["gpus"], f"torch {torch['torch']} (CUDA {torch['cuda']}) sees no GPU"
    record_property("torch", f"torch {torch['torch']}, CUDA {torch['cuda']}")


def test_the_gpu_is_the_one_that_kernels_were_chosen_for(torch: dict[str, Any], spec: HostSpec) -> None:
    assert spec.gpu is not None
    assert torch["capability"] == spec.gpu.capability, f"its compute capability is {torch['capability']}"
    assert torch["name"] == spec.gpu.name, f"it is a {torch['name']}"


def test_the_engine_has_one_gpu_and_no_other(torch: dict[str, Any], engine: dict[str, Any], spec: HostSpec) -> None:
    assert spec.gpu is not None
    given = [one for request in engine["HostConfig"]["DeviceRequests"] or () for one in request["DeviceIDs"] or ()]
    assert spec.gpu.uuid is None or given == [spec.gpu.uuid], f"it was given {', '.join(given) or 'any GPU'}"
    assert torch["gpus"] == 1 or "any-gpu" in spec.waivers, f"it sees {torch['gpus']} GPUs"


def test_the_driver_runs_what_the_image_was_built_for(host: Host, spec: HostSpec, record_property: Any) -> None:
    assert spec.gpu is not None
    done = host.run("nvidia-smi --query-gpu=driver_version --format=csv,noheader")
    version = done.stdout.strip().partition("\n")[0]
    assert done.rc == 0, f"nvidia-smi says: {version}"
    assert int(version.partition(".")[0]) >= spec.gpu.driver, f"it is {version}, and {spec.gpu.driver} is needed"
    record_property("driver", version)
