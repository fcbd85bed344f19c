"""An engine that goes wrong in the way the variable FAULT says, and is a good one without it."""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FAULT = os.environ.get("FAULT", "none")
GOLDEN = Path("server/golden.txt").read_text(encoding="utf-8")
ENDS, GAUGE = os.environ.get("ENDS", "stop"), os.environ.get("GAUGE", "ocr_requests_in_flight")
TEXTS = {"wrong-text": " ".join(reversed(GOLDEN.split())), "loops": "harbour " * 80}
# Memory that is written to, so that it is really taken.
HELD = b"x" * (int(os.environ.get("HOLD_MIB", "0")) << 20)
LIVES = {"dies": 10.0}
# What this file says goes wrong from then on; a container that is started anew has an empty /tmp.
LATER = Path("/tmp/fault")


class Handler(BaseHTTPRequestHandler):
    """Answers like an OpenAI-compatible engine."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(503 if FAULT == "never-healthy" else 200, {})
        elif self.path == "/v1/models":
            self.answer(200, {"data": [{"id": os.environ.get("MODEL", "tesseract")}]})
        else:
            busy = int(later() == "stuck")
            self.answer(200, GAUGE.encode() + b" %d\nocr_completion_tokens_total 7\n" % busy)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(float(os.environ.get("READ_SECONDS", "0.1")))
        if later() == "stuck":
            time.sleep(3600)
        if later() == "blind":
            self.answer(500, {"error": "EngineDeadError"})
            return
        message = {"role": "assistant", "content": TEXTS.get(FAULT, GOLDEN)}
        self.answer(200, {"choices": [{"index": 0, "message": message, "finish_reason": ENDS}]})

    def answer(self, status: int, body: "dict[str, object] | bytes") -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def later() -> str:
    """What goes wrong since somebody said so."""
    return LATER.read_text(encoding="utf-8") if LATER.exists() else "nothing"


def main() -> None:
    """Serve, or not."""
    print(f"starting with the fault: {FAULT}", flush=True)
    if FAULT == "exits":
        sys.exit("CUDA out of memory: this engine never starts")
    if FAULT in LIVES:
        threading.Timer(LIVES[FAULT], os._exit, [3]).start()
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()


main()
