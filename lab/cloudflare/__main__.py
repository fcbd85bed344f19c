"""`python -m lab.cloudflare FILE`: the emulator as a service in a container of its own, its account kept in a file."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from lab.cloudflare.account import Account, Permit
from lab.cloudflare.front import fronting
from lab.cloudflare.kept import KeptApi, restore
from lab.cloudflare.place import SCOPES, TOKEN, ZONE_NAME
from lab.cloudflare.server import serving

API_PORT, EDGE_PORT = 8080, 8081
# The container's own; from outside, it is published on the loopback only.
EVERYWHERE = "0.0.0.0"  # noqa: S104


def main(file: Path) -> None:
    """Serve until ended."""
    account = Account()
    if not restore(account, file):
        account.add_zone(ZONE_NAME)
    account.permits.append(Permit(TOKEN, SCOPES))
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    api = KeptApi(account, file=file)
    with serving(api, port=API_PORT, address=EVERYWHERE), fronting(account, port=EDGE_PORT, address=EVERYWHERE):
        ended.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
