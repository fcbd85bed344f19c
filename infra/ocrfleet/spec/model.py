"""Which weights a host serves, and the GPU that holds them."""

from typing import Annotated, Literal

from pydantic import Field

from ocrfleet.spec.build import BuildSecret
from ocrfleet.spec.expect import Between, Gib, Plain, Strict, expect

Repo = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$"),
    expect("a model's repository, like deepseek-ai/DeepSeek-OCR"),
]
Commit = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{40}$"),
    expect("a commit of 40 hex digits: a branch or a tag may be another model tomorrow"),
]
Capability = Annotated[
    str, Field(pattern=r"^[0-9]{1,2}\.[0-9]$"), expect('a compute capability in quotes, like "8.9" or "12.1"')
]
GpuId = Annotated[
    str,
    Field(pattern=r"^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    expect("a GPU's UUID, as `nvidia-smi -L` shows it: GPU-…"),
]


Hub = Annotated[
    str,
    Field(pattern=r"^(https://[A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?|http://127\.0\.0\.1:[0-9]{1,5})$"),
    expect("https:// and a host's name, or for a mirror on the machine itself http://127.0.0.1:PORT"),
]


class Weights(Strict):
    """One commit of one repository of weights."""

    repo: Repo = Field(description="Where the weights are published.")
    revision: Commit = Field(description="Which commit of it.")


class Model(Weights):
    """What is served. It is fetched before anything stops, and served from a folder that cannot be written."""

    family: Literal["deepseek-ocr", "deepseek-ocr-2"] = Field(
        default="deepseek-ocr", description="How pages are asked for: prompts and arguments."
    )
    quantisation: Literal["fp8", "awq", "gptq"] = Field(
        default="fp8", description="For the profile quantised: fp8 is made at start; the others need a checkpoint."
    )
    hub: Hub = Field(default="https://huggingface.co", description="The hub of models that the host fetches it from.")
    token: BuildSecret | None = Field(
        default=None, description="Where the hub's token is on the operator's machine, for a model that needs one."
    )
    checkpoint: Weights | None = Field(default=None, description="Weights that are quantised to awq or gptq already.")


class Gpu(Strict):
    """What is known of the machine's GPU."""

    name: Plain = Field(description="As nvidia-smi calls it.")
    capability: Capability = Field(description="Decides which kernels run.")
    memory: Literal["own", "shared"] = Field(description="shared: the GPU uses the machine's memory.")
    memory_gib: Gib = Field(description="What the GPU can use of it.")
    driver: Annotated[int, Between(400, 2000)] = Field(default=580, description="Oldest driver that runs the image.")
    uuid: GpuId | None = Field(default=None, description="Which GPU the engine gets, and no other.")
