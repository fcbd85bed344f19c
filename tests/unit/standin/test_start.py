"""The stand-in starts where vLLM would, takes memory as it does, and otherwise says why not in vLLM's words."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.standin.device import Device
from lab.standin.engine import CACHES, COMPILE_SECONDS, LOAD_SECONDS, Engine
from lab.standin.weights import FILE, files

Args = dict[str, Any]


def load(args: Args, device: Device, **env: str) -> list[float]:
    """How long it slept."""
    slept: list[float] = []
    Engine.load(args, device, sleep=slept.append, env=env)
    return slept


def test_its_log_has_the_lines_that_people_look_for(
    args: Args, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    load(args, device)
    logged = capsys.readouterr().out
    for line in (
        "Resolved architecture: DeepseekOCRForCausalLM",
        "Using FLASH_ATTN attention backend out of potential backends",
        "Model loading took 6.23 GiB memory",
        "Available KV cache memory: 10.74 GiB",
        "Maximum concurrency for 8,192 tokens per request: 22.91x",
    ):
        assert line in logged
    assert all(row.startswith(("(APIServer pid=", "(EngineCore pid=")) for row in logged.splitlines())


def test_it_holds_the_memory_it_is_told_to(args: Args, device: Device) -> None:
    load(args, device)
    assert (device.place / "used").read_text(encoding="utf-8") == "4711 20449 VLLM::EngineCore\n"


def test_memory_that_is_the_machine_s_is_really_taken(args: Args, device: Device) -> None:
    device.shared_scale = 4000
    load(args, device)
    assert len(device.held) == round(19.97 * (1 << 30) / 4000)


def test_what_was_compiled_once_is_not_compiled_again(args: Args, device: Device, tmp_path: Path) -> None:
    env = {name: str(tmp_path / "cache" / name) for name in CACHES}
    assert load(args, device, **env) == [LOAD_SECONDS, COMPILE_SECONDS]
    assert load(args, device, **env) == [LOAD_SECONDS, 0.0]


def test_a_cache_that_cannot_be_written_ends_it(args: Args, device: Device, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        load(args, device, TRITON_CACHE_DIR=str(tmp_path / "file" / "triton"))


@pytest.mark.parametrize(
    ("changed", "free", "said"),
    [
        ({}, 5.0, r"Free memory on device cuda:0 \(5.00/23.50 GiB\) on startup is less than desired GPU memory util"),
        ({"gpu-memory-utilization": 0.3}, 23.0, "No available memory for the cache blocks"),
        ({"model_tag": "/nowhere"}, 23.0, "Invalid repository ID or local directory specified: '/nowhere'"),
    ],
)
def test_a_start_that_cannot_be_is_refused(args: Args, device: Device, changed: Args, free: float, said: str) -> None:
    device.free_gib = free
    with pytest.raises(ValueError, match=said):
        load({**args, **changed}, device)


def test_another_model_is_refused(args: Args, device: Device, folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"architectures": ["GPT2LMHeadModel"]}))
    with pytest.raises(ValueError, match="are not supported for now"):
        load(args, device)


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, files()[FILE][:20]])
def test_damaged_weights_are_refused(args: Args, device: Device, folder: Path, content: bytes) -> None:
    (folder / FILE).write_bytes(content)
    with pytest.raises(RuntimeError, match="Error while deserializing header"):
        load(args, device)


def test_without_a_gpu_there_is_no_engine(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="No CUDA GPUs are available"):
        Device.find(tmp_path)


def test_a_card_with_the_machine_s_memory_has_what_the_machine_has(tmp_path: Path) -> None:
    card = {"name": "NVIDIA GB10", "cuda_gib": 121.7, "free_mib": None, "scale": 40, "pid": 1}
    (tmp_path / "card.json").write_text(json.dumps(card))
    (tmp_path / "meminfo").write_text("MemTotal: 1 kB\nMemAvailable: 1048576 kB\n")
    assert Device.find(tmp_path, tmp_path / "meminfo").free_gib == 40.0
