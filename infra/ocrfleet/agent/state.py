"""Which release serves, which is pinned, and whether somebody stopped the service on purpose."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ocrfleet.agent.errors import Damaged
from ocrfleet.agent.home import Home, read_json, to_json
from ocrfleet.agent.world import World


@dataclass(frozen=True)
class State:
    """What is true between two swaps. Only a release that passed its gate is ever `serving`."""

    serving: int | None = None
    since: float | None = None
    pinned: int | None = None
    stopped: bool = False
    # The swap that made it so. Saving it is the swap's commit; the journal only says so too.
    swap: str | None = None

    def but(self, **changes: Any) -> State:
        """The same state with some things changed."""
        return replace(self, **changes)


def load_state(home: Home) -> State:
    """Read the state; a host that never served has an empty one."""
    found = read_json(home.state)
    if found is None and not home.state.exists():
        return State()
    if found is None or not found.keys() <= State.__dataclass_fields__.keys():
        raise Damaged(
            f"{home.state} is not what was written there",
            fix=f"on the host: rm {home.state}; then ocrfleet rollback HOST --to N (ocrfleet releases HOST lists them)",
        )
    return State(**found)


def save_state(world: World, home: Home, state: State) -> None:
    """Replace the state; the rename is the moment from which the new one is true."""
    world.save(home.state, to_json(asdict(state)))
