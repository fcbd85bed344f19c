"""A stack is one machine: its address may not change under it."""

from __future__ import annotations

from collections.abc import Mapping

from ocrfleet.provider.resource import Values


def moved(olds: Values, news: Values) -> Mapping[str, str]:
    """Refuse inputs that name another machine than the one the stack was deployed to."""
    if not olds:
        return {}
    old, new = (f"{one['ssh']['address']}:{one['ssh']['port']}" for one in (olds, news))
    if old == new:
        return {}
    why = f"this stack was deployed to {old} and the host file now says {new}; nothing was changed"
    return {"ssh": f"{why}. Destroy it there first (pulumi destroy), or give the new machine a stack of its own"}
