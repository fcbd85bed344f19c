"""How often something is asked of a server that does not answer well, and after which pauses."""

from __future__ import annotations

import re
from collections.abc import Callable

from ocrfleet.agent.errors import Restored
from ocrfleet.agent.pull import Pulled
from ocrfleet.agent.world import World

# For how long nothing may come, and the longest pause that is our own choice.
PATIENCE, LONGEST = 600.0, 30.0
TOO_MANY = 429
# How a rate limit is told: {"api";r=0;t=55}, t in seconds.
RESET = re.compile(r"\bt=(\d+)")


class Tries:
    """Waits before each new try, longer each time, until nothing has come for ten minutes."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self._world, self._say = world, say
        self.came()

    def came(self) -> None:
        """Something came: begin anew."""
        self._since, self._failed = self._world.clock(), 0

    def wait(self, done: Pulled) -> None:
        """Wait before the next try; raise Restored where enough was tried."""
        why = done.why or f"status {done.status}"
        pause = _told(done) or min(2.0**self._failed, LONGEST)
        self._failed += 1
        if self._world.clock() - self._since + pause > PATIENCE:
            raise Restored(
                f"the hub gives nothing any more: {why}",
                changed="nothing that serves; what was fetched is kept",
                fix="look whether the host reaches the hub, then run this again: it goes on where it stopped",
            )
        self._say(f"the hub: {why}; trying again in {pause:.0f} s")
        self._world.sleep(pause)


def _told(done: Pulled) -> float | None:
    """How long the server wants us to wait."""
    if done.status not in {TOO_MANY, 503}:
        return None
    after = done.headers.get("retry-after", "")
    reset = RESET.search(done.headers.get("ratelimit", ""))
    return float(after) if after.isdigit() else float(reset[1]) if reset else None
