"""The operator's door: parses arguments, prints, and returns exit codes. What it shows is computed elsewhere."""

import sys

from ocrfleet.errors import OcrfleetError


def main() -> None:
    """Run one command; the exit code is the error's, or 0."""
    from ocrfleet.cli.app import app

    try:
        app(prog_name="ocrfleet")
    except OcrfleetError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.code)
