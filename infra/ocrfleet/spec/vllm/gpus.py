"""Whether an engine's image has kernels for the host's GPU, runs with its driver, and is said to hold what it takes."""

import math
import re
from collections.abc import Iterator

from ocrfleet.spec.vllm.images import OLDER_CUDA, ONE_CUDA_SINCE
from ocrfleet.spec.vllm.rules import MOST_OWN, MOST_SHARED, Finding
from ocrfleet.spec.vllm.view import View, text, whole_or

CAPABILITY = re.compile(r"([0-9]{1,2})\.([0-9])")
# What the published images say they were compiled for; there is nothing in them from which others could be made.
BUILT_SINCE = (0, 27, 0)
BUILT = {
    "amd64": ("7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "12.0"),
    "arm64": ("8.0", "8.7", "8.9", "9.0", "10.0", "11.0", "12.0"),
}
OLDEST_FOR_BFLOAT16, HALF = (8, 0), {"half", "float16"}
# The published images without a CUDA in their tag are CUDA 13's.
CUDA_13_SINCE, BOTH_CUDAS, OLDEST_DRIVER = (0, 20, 0), (0, 30, 0), 580
COMPATIBLE = "VLLM_ENABLE_CUDA_COMPATIBILITY"


def gpu_findings(view: View) -> Iterator[Finding]:
    """Name what the GPU of a host with a pinned vLLM cannot do."""
    said = CAPABILITY.fullmatch(text(view.part("gpu").get("capability")))
    if said:
        yield from _capability(view, (int(said[1]), int(said[2])))
    if view.profile != "source":
        yield from _driver(view)
    yield from _share(view)


def _capability(view: View, gpu: tuple[int, int]) -> Iterator[Finding]:
    if gpu < OLDEST_FOR_BFLOAT16 and view.flags.get("dtype") not in HALF:
        yield ("engine", "flags", "dtype"), "expected half: this GPU has no bfloat16, which the model is written in"
    arch = text(view.data.get("arch"))
    is_known = arch in BUILT and view.version >= BUILT_SINCE and view.profile != "source"
    if is_known and not any(_runs(built, gpu) for built in BUILT[arch]):
        listed = ", ".join(BUILT[arch])
        yield (
            ("gpu", "capability"),
            f"expected one that the published image for {arch} has kernels for ({listed}), or the profile source",
        )


def _runs(built: str, gpu: tuple[int, int]) -> bool:
    """Kernels run on GPUs of their own generation that are not older."""
    major, minor = map(int, built.split("."))
    return gpu[0] == major and gpu[1] >= minor


def _driver(view: View) -> Iterator[Finding]:
    is_newer_cuda = view.version >= CUDA_13_SINCE and OLDER_CUDA not in view.base
    asked = whole_or(view.part("gpu").get("driver"), OLDEST_DRIVER)
    if is_newer_cuda and asked < OLDEST_DRIVER and view.env.get(COMPATIBLE) != "1":
        older = view.version if view.version < ONE_CUDA_SINCE else BOTH_CUDAS
        why = f"the image is made with CUDA 13; with an older driver, take v{'.'.join(map(str, older))}-cu129"
        yield ("gpu", "driver"), f"expected {OLDEST_DRIVER} or newer: {why}"


def _share(view: View) -> Iterator[Finding]:
    """Two releases are only started beside each other, and a start only tried, by what an engine is said to need."""
    total, said = (whole_or(view.part(part).get("memory_gib"), 0) for part in ("gpu", "engine"))
    too_much = view.utilisation >= MOST_SHARED if view.is_shared else view.utilisation > MOST_OWN
    taken = 0 if too_much or "kv-cache-memory-bytes" in view.flags else total * view.utilisation
    if 0 < said < taken:
        why = f"vLLM takes {view.utilisation} of the GPU's {total:g} GiB at start (gpu-memory-utilization)"
        yield ("engine", "memory_gib"), f"expected at least {math.ceil(taken)}: {why}"
