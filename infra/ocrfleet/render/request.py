"""The request that reads one page: the same for the gate, for `ocrfleet read` and for the checklist."""

import base64
from typing import Any

from ocrfleet.spec import HostSpec


def page_request(host: HostSpec, picture: bytes, *, media_type: str = "image/png") -> dict[str, Any]:
    """Ask the host's model for the text of one picture (PNG or JPEG), deterministically."""
    url = f"data:{media_type};base64,{base64.b64encode(picture).decode()}"
    return {
        "model": host.engine.model,
        "temperature": 0,
        "max_tokens": host.gate.max_tokens,
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": url}},
                    {"type": "text", "text": host.gate.prompt},
                ],
            }
        ],
    }
