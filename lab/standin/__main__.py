"""The command line: `vllm serve MODEL --flags`."""

import json
import os
import sys
import time
import traceback
from pathlib import Path

import uvicorn

from lab.standin.app import build_app
from lab.standin.command import parse
from lab.standin.device import Device
from lab.standin.engine import Engine
from lab.standin.logs import configure, log
from server.reader import TesseractReader

FLAGS = Path(__file__).with_name("flags.json")


def main() -> None:
    """Load, then listen: until then connections are refused."""
    if sys.argv[1:2] != ["serve"]:
        sys.exit("vllm: error: this stand-in knows `vllm serve` only")
    args = parse(sys.argv[2:], json.loads(FLAGS.read_text(encoding="utf-8")))
    configure()
    try:
        engine = Engine.load(args, Device.find(), sleep=time.sleep, env=os.environ)
    except (ValueError, RuntimeError, OSError):
        log("ERROR", "core.py:1135", f"EngineCore failed to start.\n{traceback.format_exc()}", core=True)
        sys.exit("RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}")
    host, port = args.get("host") or "0.0.0.0", args.get("port") or 8000  # noqa: S104  vLLM's own default
    log("INFO", "entry.py:139", f"Starting vLLM server on http://{host}:{port}")
    app = build_app(engine, TesseractReader())
    uvicorn.run(app, host=host, port=port, ws="none", timeout_graceful_shutdown=30)


main()
