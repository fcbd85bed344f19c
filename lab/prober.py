"""Asks the service from inside the host at a steady rate, until standard input ends; then tells of every answer.

Runs on the lab host with nothing but the standard library: `python3 -c "$(cat prober.py)"`. The first line it reads
says what to ask; it answers `asking` once it does. A moment is one of the machine's monotonic clock, which a container
shares with the machine it is on.
"""

import http.client
import json
import sys
import threading
import time
from pathlib import Path

KEY = Path("/var/lib/ocrfleet/proxy/keys/current")
answers: "list[list[object]]" = []


def ask(patience: float, way: "dict[str, str]") -> None:
    """Send one request on a connection of its own, and note how it went."""
    asked, status, right, again = time.monotonic(), 0, False, False
    connection = http.client.HTTPConnection(way["at"], timeout=patience)
    headers = {"Authorization": f"Bearer {KEY.read_text(encoding='utf-8')}", "Content-Type": "application/json"}
    body = way["body"].encode() or None
    try:
        connection.request("POST" if body else "GET", way["path"], body, headers)
        reply = connection.getresponse()
        text, status = reply.read().decode(), reply.status
        right = status == http.client.OK and way["expected"] in text
        again = reply.headers["Retry-After"] is not None
    except (OSError, http.client.HTTPException, ValueError):
        # An answer that broke off is none, whatever its first line said.
        status = 0
    finally:
        connection.close()
    answers.append([way["path"], asked, time.monotonic() - asked, status, right, again])


def repeat(until: threading.Event, every: float, patience: float, way: "dict[str, str]") -> None:
    """Keep the rate whatever the answers do: each request has a thread of its own."""
    begun = time.monotonic()
    asked: list[threading.Thread] = []
    while not until.wait(max(0.0, begun + len(asked) * every - time.monotonic())):
        asked.append(threading.Thread(target=ask, args=(patience, way)))
        asked[-1].start()
    for one in asked:
        one.join()


def in_turn(until: threading.Event, every: float, patience: float, way: "dict[str, str]") -> None:
    """Ask again some time after each answer, so that a slow engine never has more than one of these at hand."""
    while not until.wait(every):
        ask(patience, way)


def main() -> None:
    """Ask in every way that the first line says, each at its own rate."""
    plan, until = json.loads(sys.stdin.readline()), threading.Event()
    asking = []
    for way in plan["ways"]:
        pace = in_turn if "in_turn" in way else repeat
        asking.append(threading.Thread(target=pace, args=(until, way["every"], plan["patience"], way)))
    for one in asking:
        one.start()
    print("asking", flush=True)
    sys.stdin.read()
    until.set()
    for one in asking:
        one.join()
    print(json.dumps(answers))


main()
