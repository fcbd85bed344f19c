"""The command that reads documents."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from ocrfleet.cli.operator import HostName, Json, Operator, show_json


def read(
    name: HostName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PDF, PNG, JPEG or TIFF file.")],
    as_json: Json = False,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Pages at a time.")] = 4,
) -> None:
    """Read a document with the service on a host and print its text.

    Pages of a PDF are drawn here and sent one by one, through SSH and the host's own proxy.
    """
    from ocrfleet.reading import pictures, read_pages

    operator, begun = Operator(name), time.monotonic()
    pages = read_pages(operator.remote, operator.host, pictures(file), parallel=parallel)
    err = Console(stderr=True)
    read_ones = list(track(pages, "reading", console=err, disable=not err.is_terminal, transient=True))
    if as_json:
        seconds = round(time.monotonic() - begun, 3)
        show_json({"pages": [asdict(page) for page in read_ones], "seconds": seconds})
        return
    for page in read_ones:
        print(page.text)
        if page.finish_reason != "stop":
            err.print(f"page {page.page} is cut: the model stopped by {page.finish_reason}")
