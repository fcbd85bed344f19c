"""What an engine with vLLM may start from, by profile."""

import re
from collections.abc import Iterator

from ocrfleet.spec.vllm.rules import Finding
from ocrfleet.spec.vllm.view import View, text

STOCK = "vllm/vllm-openai"
NGC_VLLM = re.compile(r"(^|/)nvidia/(vllm|tritonserver)([:@]|$)")
AMD64_ONLY = re.compile(r"^(docker\.io/)?pytorch/pytorch([:@]|$)")
TAG = re.compile(r":v?([0-9]+\.[0-9]+\.[0-9]+)([.-][A-Za-z0-9._-]+)?(@|$)")
# The published images for an older CUDA end before this version.
OLDER_CUDA, ONE_CUDA_SINCE = "-cu12", (0, 33, 0)
OTHER_ARCH = {"amd64": "-aarch64", "arm64": "-x86_64"}


def image_findings(view: View) -> Iterator[Finding]:
    """Name what is wrong with the images of a host with a pinned vLLM."""
    if not view.profile:
        yield ("build", "profile"), "expected stock, source or quantised: what the engine's image is made from"
    yield from _profile(view)
    for path, image in _images(view):
        yield from ((path, said) for said in _image(view, image))
    if view.profile != "source":
        yield from ((("build", "base"), said) for said in _stock(view))


def _profile(view: View) -> Iterator[Finding]:
    if view.profile == "source" and not view.part("build", "source"):
        yield ("build", "source"), "expected, but it is missing: the profile source is built on source.base"
    if view.profile == "source" and not view.part("gpu"):
        yield ("gpu",), "expected, but it is missing: the profile source is built for gpu.capability"
    model = view.part("model")
    kind = text(model.get("quantisation"))
    if view.profile == "quantised" and kind in {"awq", "gptq"} and not model.get("checkpoint"):
        why = f"vLLM loads {kind} weights and makes none"
        yield ("model", "checkpoint"), f"expected weights that are {kind} already, or quantisation: fp8; {why}"
    if view.profile == "quantised" and model.get("checkpoint") and model.get("quantisation", "fp8") == "fp8":
        yield (
            ("model", "quantisation"),
            "expected awq or gptq beside a checkpoint: fp8 is made of the model's own weights",
        )


def _images(view: View) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("build", "base"), view.base
    yield ("build", "source", "base"), text(view.part("build", "source").get("base"))


def _image(view: View, image: str) -> Iterator[str]:
    arch = view.data.get("arch")
    if NGC_VLLM.search(image):
        yield (
            "expected no prebuilt NGC vLLM: its vLLM is patched and follows a calendar, so no table of flags fits it; "
            f"take {STOCK}, or the profile source"
        )
    if AMD64_ONLY.search(image) and arch != "amd64":
        yield "expected an image for this machine: pytorch/pytorch has none for arm64"
    if image.partition("@")[0].endswith((":latest", ":nightly")):
        yield "expected a release's tag, which says the same tomorrow, and its digest"
    if text(arch) in OTHER_ARCH and OTHER_ARCH[text(arch)] in image:
        yield f"expected an image for {arch}"


def _stock(view: View) -> Iterator[str]:
    wanted = ".".join(map(str, view.version))
    if not view.base or NGC_VLLM.search(view.base) or AMD64_ONLY.search(view.base):
        return
    if view.base.partition(":")[0].partition("@")[0].removeprefix("docker.io/") != STOCK:
        yield f"expected {STOCK}:v{wanted}: the profile {view.profile} starts from it"
        return
    found = TAG.search(view.base)
    if found is None or found[1] != wanted:
        yield f"expected the tag v{wanted}, as engine.vllm says"
    elif OLDER_CUDA in view.base and view.version >= ONE_CUDA_SINCE:
        yield f"expected v{wanted} without its ending: 0.32 was the last one published for an older CUDA"
