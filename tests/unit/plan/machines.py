"""What machines told of themselves, for tests.

The H200 is a recording, in the folder h200. The others are lines of the same shape, with what is published of them: an
RTX 4090 has compute capability 8.9 and about 23.5 GiB, a GB10 12.1 and, of its memory, [N/A].
"""

from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "h200"
NOW = 1_700_000_000.0
ID = "GPU-01234567-89ab-cdef-0123-456789abcdef"
OTHER_ID = "GPU-89abcdef-0123-4567-89ab-cdef01234567"
RTX_4090 = f"0, {ID}, NVIDIA GeForce RTX 4090, 8.9, 24564, 23871, 580.95.05, [N/A]"
GB10 = f"0, {ID}, NVIDIA GB10, 12.1, [N/A], [N/A], 580.95.05, [N/A]"
L4 = f"0, {ID}, NVIDIA L4, 8.9, 23034, 22569, 580.95.05, [N/A]"
# What hosts start from, and what they load.
IMAGES = "vllm/vllm-openai:v0.30.0\ndebian:bookworm-slim\nocrfleet-lab/debian:bookworm\n"
WEIGHTS = "deepseek-ai/DeepSeek-OCR@9f30c71f441d010e5429c532364a86705536c53a"
RUNTIMES = '{"nvidia":{"path":"nvidia-container-runtime"},"runc":{"path":"runc"}}'


def meminfo(gib: float) -> str:
    """The line of /proc/meminfo that counts."""
    return f"MemTotal: 1 kB\nMemAvailable:   {int(gib * 1024 * 1024)} kB\n"


def said(out: str = "", *, code: int = 0, err: str = "") -> dict[str, Any]:
    return {"code": code, "out": out, "err": err}


def told(lines: str, *, machine: str = "x86_64", gib: float = 60, **answers: dict[str, Any]) -> dict[str, Any]:
    """An answer of the agent's verb `probe`: a machine with these GPUs and all that is needed, but for the changes."""
    usual = {
        "machine": said(f"{machine}\n"),
        "gpus": said(f"{lines}\n"),
        "apps": said(),
        "toolkit": said("NVIDIA Container Toolkit CLI version 1.18.0\n"),
        "docker": said("28.5.1\n"),
        "runtimes": said(RUNTIMES),
        "detour": said("[] \n"),
        "groups": said("neptune docker\n"),
        "disk": said("   Avail     IFree\n209715200 25000000\n"),
        "docker_disk": said("   Avail     IFree\n209715200 25000000\n"),
        "proxy": said(),
        "images": said(IMAGES),
    }
    told = {"models": {WEIGHTS: None}, "serving": False, "listening": [22], "now": NOW}
    return {**told, "answers": {**usual, **answers}, "meminfo": meminfo(gib)}


def h200() -> dict[str, Any]:
    """The recorded machine, in the columns that are asked for."""
    row = (HERE / "query-gpu.csv").read_text(encoding="utf-8").splitlines()[1].split(", ")
    plain = [word.removesuffix(" MiB") for word in row]
    columns = ", ".join([*plain[:5], plain[6], plain[7], plain[11]])
    app = (HERE / "apps-busy.csv").read_text(encoding="utf-8").splitlines()[1].split(", ")
    apps = ", ".join([app[3], app[0], app[1], app[2].removesuffix(" MiB")])
    raw = told(columns, apps=said(f"{apps}\n"))
    return {**raw, "meminfo": (HERE / "meminfo.txt").read_text(encoding="utf-8")}
