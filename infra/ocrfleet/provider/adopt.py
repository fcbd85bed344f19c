"""Takes over what serves on a host and the stack's state does not know: lost, or a copy from before.

A second copy is never started beside it, and it is never replaced unasked.
"""

from __future__ import annotations

from ocrfleet.errors import HostRefused
from ocrfleet.plan.texts import TEXTS, differences
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.resource import Found, Half, Values
from ocrfleet.provider.serving import as_it_is

IMAGES = ("image", "proxyImage")


def unknown(hosts: Hosts, olds: Values | None, news: Values) -> Half | None:
    """The error that adopts what serves as it is and stops; None where the state knows it, or it is what is wanted.

    Of a damaged record nothing can be adopted: what it was about is replaced.
    """
    if not is_ours(hosts, news) or (olds is not None and not _is_newer(hosts, olds, news)):
        return None
    found = as_it_is(hosts, news)
    lines = _differing(found.inputs, news)
    is_known = olds is not None and not _differing(found.inputs, olds)
    return _stop_with(found, lines) if lines and not is_known else None


def is_ours(hosts: Hosts, news: Values) -> bool:
    """Whether something serves that this stack deployed."""
    facts = hosts.facts(news)
    return facts.serving is not None and facts.owner == news["owner"]


def _is_newer(hosts: Hosts, olds: Values, news: Values) -> bool:
    """Whether another state knew what serves when this one was older. What no state ever knew makes none old."""
    number = (hosts.facts(news).serving or {}).get("release", 0)
    if number <= (olds.get("release") or 0):
        return False
    return bool(hosts.remote(news).tell("manifest", release=number)["acknowledged"])


def _differing(there: Values, other: Values) -> tuple[str, ...]:
    """The lines in which what serves differs from something else; of secrets only the versions are told."""
    texts = differences(*({name: side[name] for name in TEXTS} for side in (there, other)))
    images = [f"{name}: {there[name]} serves, {other[name]} is wanted" for name in IMAGES if there[name] != other[name]]
    return (*images, *texts)


def _stop_with(found: Found, lines: tuple[str, ...]) -> Half:
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
