"""Asks the service for its models 20 times a second from inside the host, and tells what it saw at the end.

Runs on the lab host with nothing but the standard library: `python3 - SECONDS PORT < prober.py`.
"""

import http.client
import json
import sys
import threading
import time
from pathlib import Path

RATE, PATIENCE = 20.0, 5.0
KEY = Path("/var/lib/ocrfleet/proxy/keys/current")


class Tally:
    """Counts answers by outcome and keeps the slowest."""

    def __init__(self) -> None:
        self.sent, self.failed, self.slowest = 0, 0, 0.0
        self._lock = threading.Lock()

    def note(self, *, good: bool, seconds: float) -> None:
        with self._lock:
            self.sent += 1
            self.failed += not good
            self.slowest = max(self.slowest, seconds)


def probe(port: int, tally: Tally) -> None:
    """Ask once, on a connection of its own."""
    start = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {KEY.read_text(encoding='utf-8')}"})
        good = connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        good = False
    finally:
        connection.close()
    tally.note(good=good, seconds=time.monotonic() - start)


def main(seconds: float, port: int) -> None:
    """Keep the rate whatever the answers do: each request has a thread of its own."""
    tally, begun = Tally(), time.monotonic()
    probes: list[threading.Thread] = []
    while (due := len(probes) / RATE) < seconds:
        time.sleep(max(0.0, begun + due - time.monotonic()))
        thread = threading.Thread(target=probe, args=(port, tally))
        thread.start()
        probes.append(thread)
    for thread in probes:
        thread.join()
    print(json.dumps({"sent": tally.sent, "failed": tally.failed, "slowest_seconds": round(tally.slowest, 3)}))


main(float(sys.argv[1]), int(sys.argv[2]))
