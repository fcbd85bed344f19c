"""A data URL becomes bytes that claim to be one PNG or JPEG. Whether they are is found out in `pictures`."""

import base64

from server.errors import BadRequest

TYPES = {"image/png", "image/jpeg", "image/jpg"}
PARAM = "messages.content.image_url.url"
NO_PDF = "Send one page as PNG or JPEG; a PDF is not accepted."


def decode(url: str) -> bytes:
    """The bytes inside; an address is never fetched."""
    head, comma, data = url.partition(",")
    scheme, _, what = head[:200].lower().partition(":")
    if scheme != "data":
        raise BadRequest("Send the picture itself as a data URL; addresses are not fetched.", param=PARAM)
    kind, *options = what.split(";")
    if not comma or "base64" not in options:
        raise BadRequest("A data URL looks like data:image/png;base64,...", param=PARAM)
    _check_type(kind)
    return _decode(data)


def _check_type(kind: str) -> None:
    if kind == "application/pdf":
        raise BadRequest(NO_PDF, param=PARAM)
    if kind not in TYPES:
        raise BadRequest(f"Send one page as PNG or JPEG; {kind!r} is not accepted.", param=PARAM)


def _decode(data: str) -> bytes:
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError:
        raise BadRequest("The data URL is not valid base64.", param=PARAM) from None
    if b"%PDF-" in content[:1024]:
        raise BadRequest(NO_PDF, param=PARAM)
    return content
