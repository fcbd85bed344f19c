"""Takes over what serves on a host whose stack lost its state: a second copy is never started beside it."""

from __future__ import annotations

from ocrfleet.errors import HostRefused
from ocrfleet.plan.texts import TEXTS, differences
from ocrfleet.provider.resource import Found, Half, Values

IMAGES = ("image", "proxyImage")


def differing(there: Values, news: Values) -> tuple[str, ...]:
    """The lines in which what serves differs from what is wanted; of secrets only the versions are told."""
    texts = differences(*({name: side[name] for name in TEXTS} for side in (there, news)))
    images = [f"{name}: {there[name]} serves, {news[name]} is wanted" for name in IMAGES if there[name] != news[name]]
    return (*images, *texts)


def stop_with(found: Found, lines: tuple[str, ...]) -> Half:
    """The error that adopts what was found as it is, and leaves the next step to the operator."""
    host, release = found.id, found.outputs["release"]
    text = "\n".join(lines)
    return Half(
        found,
        HostRefused(
            f"release {release} runs on {host} and this stack's state did not know of it; the state knows it now as it "
            f"is, and it is not what the host file wants:\n{text}",
            serving=f"release {release}, as before",
            fix=f"pulumi up -s {host} again replaces it; to keep it, make the host file say the same",
        ),
    )
