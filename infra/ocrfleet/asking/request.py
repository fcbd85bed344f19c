"""The request that reads one page: one picture, no randomness, and with vLLM the model's guard against loops."""

import base64
from typing import Any

from ocrfleet.asking.families import CELLS, Rung, ladder
from ocrfleet.spec import HostSpec


def page_request(host: HostSpec, rung: Rung, picture: bytes, *, media_type: str = "image/png") -> dict[str, Any]:
    """Ask the host's model for one picture (PNG or JPEG)."""
    url = f"data:{media_type};base64,{base64.b64encode(picture).decode()}"
    return {
        "model": host.engine.model,
        "temperature": 0,
        "max_tokens": host.gate.max_tokens,
        **_guard(rung),
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": url}},
                    {"type": "text", "text": rung.prompt},
                ],
            }
        ],
    }


def gate_request(host: HostSpec, picture: bytes) -> dict[str, Any]:
    """Ask for the golden page's plain text, as a first try: a release that needs a second one is not let in."""
    return page_request(host, ladder(host, "text")[0], picture)


def _guard(rung: Rung) -> dict[str, Any]:
    """Without these vLLM neither stops a loop nor shows tables: their tags are special tokens."""
    if rung.ngram is None:
        return {}
    sizes = {"ngram_size": rung.ngram, "window_size": rung.window, "whitelist_token_ids": list(CELLS)}
    return {"skip_special_tokens": False, "vllm_xargs": sizes}
