# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["vllm==0.30.0"]
#
# [tool.uv]
# compile-bytecode = false
# # The parser needs torch, but none of what only a GPU runs: kernels, codecs, compilers.
# override-dependencies = [
#     "fastsafetensors ; sys_platform == 'never'",
#     "flashinfer-python ; sys_platform == 'never'",
#     "humming-kernels ; sys_platform == 'never'",
#     "instanttensor ; sys_platform == 'never'",
#     "nvidia-cudnn-frontend ; sys_platform == 'never'",
#     "nvidia-cutlass-dsl ; sys_platform == 'never'",
#     "pynvvideocodec ; sys_platform == 'never'",
#     "quack-kernels ; sys_platform == 'never'",
#     "tilelang ; sys_platform == 'never'",
#     "tokenspeed-mla ; sys_platform == 'never'",
#     "torchaudio ; sys_platform == 'never'",
#     "torchcodec ; sys_platform == 'never'",
# ]
# ///
"""Lets vLLM's own parser read each host's command line, for `make flags`: `parse_flags.py WORDS RECORD`.

It runs in an environment of its own, locked beside this file: vLLM pins other versions of what this project uses.
"""

import argparse
import hashlib
import json
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

# The parser has moved between modules.
PLACES = ("vllm.entrypoints.common.cli_args", "vllm.entrypoints.launchers.cli_args", "vllm.entrypoints.openai.cli_args")


def main() -> None:
    """Parse every command line; the first that vLLM refuses ends it with vLLM's own words, and nothing is written."""
    words, record_file = map(Path, sys.argv[1:])
    asked = json.loads(words.read_text(encoding="utf-8"))
    here, wanted = metadata.version("vllm"), asked["source"]["vllm"]
    if here != wanted:
        sys.exit(f"this is vLLM {here}: write {wanted} above, then uv lock --script")
    # The wheel is CUDA's and here is no GPU: say so, or vLLM ends when it looks for one.
    platforms: Any = import_module("vllm.platforms")
    platforms.current_platform = import_module("vllm.platforms.cpu").CpuPlatform()
    place = next(found for found in map(_module, PLACES) if found)
    parser = place.make_arg_parser(import_module("vllm.utils.argparse_utils").FlexibleArgumentParser(prog="vllm serve"))
    record = {
        **asked["source"],
        "arg_utils_sha256": _sha256(import_module("vllm.engine.arg_utils")),
        "flags": dict(sorted(_flags(parser))),
        "hosts": {name: _parsed(parser, words) for name, words in asked["hosts"].items()},
    }
    record_file.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None


def _sha256(module: Any) -> str:
    return hashlib.sha256(Path(module.__file__).read_bytes()).hexdigest()


def _flags(parser: argparse.ArgumentParser) -> list[tuple[str, Any]]:
    """Every flag by its first long name: how many values it takes, and which."""
    found = []
    for action in parser._actions:  # noqa: SLF001  argparse shows them in no other way
        names = [name for name in action.option_strings if name.startswith("--")]
        if names and "--help" not in names:
            switch = isinstance(action, argparse.BooleanOptionalAction)
            takes = "switch" if switch else "flag" if action.nargs == 0 else "many" if action.nargs == "+" else "one"
            choices = sorted(map(str, action.choices)) if action.choices else []
            found.append((names[0][2:], {"takes": takes, **({"choices": choices} if choices else {})}))
    return found


def _parsed(parser: argparse.ArgumentParser, words: list[str]) -> dict[str, Any]:
    """The command line, and each value in it that is not vLLM's default."""
    values = vars(parser.parse_args(words))
    set_here = {name: value for name, value in values.items() if value != parser.get_default(name)}
    return {"words": words, "values": {name: _plain(value) for name, value in sorted(set_here.items())}}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


if __name__ == "__main__":
    main()
