"""The command line: `python3 -m server --port 8000 --model tesseract`."""

import argparse
import logging
import os
import sys

import uvicorn

from server.app import Settings, build_app
from server.reader import TesseractReader

GRACE = 30  # seconds that requests get to finish after SIGTERM
PLACES_PER_CORE = 4


def main() -> None:
    """Serve until SIGTERM, then finish what was begun."""
    args = parse_arguments(sys.argv[1:])
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    cores = count_cores()
    queue = PLACES_PER_CORE * cores if args.queue is None else args.queue
    reader = TesseractReader(lang=args.lang, psm=args.psm, seconds=args.seconds)
    uvicorn.run(
        build_app(reader, Settings(model=args.model, seats=cores, queue=queue)),
        host=args.host,
        port=args.port,
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )


def count_cores() -> int:
    """The cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """The flags, with their defaults."""
    parser = argparse.ArgumentParser("server", description="Tesseract behind the OpenAI-compatible API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default=8000, type=int)
    parser.add_argument("--model", default="tesseract", help="the name that requests must ask for")
    parser.add_argument("--queue", type=int, help=f"waiting places (default: {PLACES_PER_CORE} for each core)")
    parser.add_argument("--psm", default=6, type=int, choices=range(14), help="Tesseract's page segmentation mode")
    parser.add_argument("--lang", default="eng", help="Tesseract's language")
    parser.add_argument("--seconds", default=120.0, type=float, help="time limit for one page")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
