"""What `cloudflared` is to a real host: the same words on its command line, and a connector behind them.

`cloudflared tunnel --no-autoupdate --metrics ADDRESS run --token-file FILE` joins a tunnel and stays;
`cloudflared tunnel --no-autoupdate --metrics ADDRESS ready` ends with 0 where that one is connected.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from argparse import ArgumentParser
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx

from lab.cloudflare.connector import Connector
from lab.cloudflare.listening import listening

# Where the edge is: the real program knows that by itself.
EDGE = "LAB_EDGE"


def parser() -> ArgumentParser:
    """The part of the real command line that is played here."""
    whole = ArgumentParser(prog="cloudflared")
    tunnel = whole.add_subparsers(required=True).add_parser("tunnel")
    tunnel.add_argument("--no-autoupdate", action="store_true")
    tunnel.add_argument("--metrics", required=True)
    verbs = tunnel.add_subparsers(dest="verb", required=True)
    verbs.add_parser("run").add_argument("--token-file", type=Path, required=True)
    verbs.add_parser("ready")
    return whole


def ready(metrics: str) -> int:
    """Ask the connector beside us."""
    try:
        return 0 if httpx.get(f"http://{metrics}/ready").status_code == httpx.codes.OK else 1
    except httpx.HTTPError:
        return 1


def run(metrics: str, token_file: Path) -> int:
    """Join and work until ended, or until the edge is lost, which whoever started us puts right."""
    try:
        connector = Connector(os.environ[EDGE], token_file.read_text(encoding="utf-8").strip())
    except (httpx.HTTPError, PermissionError) as error:
        sys.stderr.write(f"not connected: {type(error).__name__}\n")
        return 1
    asked = threading.Event()

    def end(*_: object) -> None:
        asked.set()
        threading.Thread(target=connector.close).start()

    signal.signal(signal.SIGTERM, end)
    address, _, port = metrics.rpartition(":")
    with listening(metrics_of(connector), port=int(port), address=address):
        connector.wait()
    return 0 if asked.is_set() else 1


def metrics_of(connector: Connector) -> type[BaseHTTPRequestHandler]:
    """What asks a connector how it is."""

    class Metrics(BaseHTTPRequestHandler):
        """Tells how the connector is."""

        def do_GET(self) -> None:
            is_ready = self.path == "/ready" and connector.ready
            text = json.dumps({"readyConnections": int(is_ready), "connectorId": connector.id}).encode()
            self.send_response(200 if is_ready else 503)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    return Metrics


def main(words: list[str]) -> int:
    """Do what the real program would."""
    asked = parser().parse_args(words)
    return ready(asked.metrics) if asked.verb == "ready" else run(asked.metrics, asked.token_file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
