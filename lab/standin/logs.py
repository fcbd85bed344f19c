"""vLLM's own form of a log line."""

import logging
import os
import sys
import time


def configure() -> None:
    """Let the reader's complaints be seen, too."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(asctime)s %(message)s")


def log(level: str, where: str, message: str, *, core: bool = False) -> None:
    """Write a line of the server, or of the process with the model; every line of a longer message gets its head."""
    name = "EngineCore" if core else "APIServer"
    head = f"({name} pid={os.getpid()}) {level} {time.strftime('%m-%d %H:%M:%S')} [{where}] "
    sys.stdout.write("".join(f"{head}{line}\n" for line in message.splitlines()))
    sys.stdout.flush()
