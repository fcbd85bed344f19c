"""The folder of weights: the model's configuration, and one file in the form that real weights have."""

import json
from collections.abc import Callable
from pathlib import Path

ARCHITECTURE = "DeepseekOCRForCausalLM"
FILE = "model-00001-of-000001.safetensors"
NO_FOLDER = (
    "Invalid repository ID or local directory specified: {!r}.\nPlease verify the following requirements:\n"
    "1. Provide a valid Hugging Face repository ID.\n2. Specify a local directory that contains a recognized "
    "configuration file."
)
# How weights read, by the name that is in them: as they should, or as those of another model would.
READS: dict[str, Callable[[str], str]] = {
    "well": lambda text: text,
    "nonsense": lambda text: " ".join(reversed(text.split())),
}


def files(reads: str = "well", architecture: str = ARCHITECTURE) -> dict[str, bytes]:
    """The files of a folder of weights, by name."""
    header = json.dumps({"__metadata__": {"format": "pt", "reads": reads}}).encode()
    config = {"architectures": [architecture], "model_type": "deepseek_vl_v2", "torch_dtype": "bfloat16"}
    return {"config.json": json.dumps(config).encode(), FILE: len(header).to_bytes(8, "little") + header}


def architecture(folder: Path) -> str:
    """What the configuration says the model is, if it is one that is served here."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(NO_FOLDER.format(str(folder))) from None
    if config.get("architectures") != [ARCHITECTURE]:
        raise ValueError(f"Model architectures {config.get('architectures')} are not supported for now.")
    return ARCHITECTURE


def reading(folder: Path) -> Callable[[str], str]:
    """How these weights read what is on a page."""
    content = (folder / FILE).read_bytes()
    try:
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        return READS[header["__metadata__"]["reads"]]
    except (ValueError, KeyError):
        raise RuntimeError("SafetensorError: Error while deserializing header: invalid header") from None
