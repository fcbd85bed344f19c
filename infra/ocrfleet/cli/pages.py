"""The command that reads documents."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from ocrfleet.cli.operator import HostName, Json, Operator, out, show_json
from ocrfleet.errors import OcrfleetError

if TYPE_CHECKING:
    from ocrfleet.reading import PageText


def read(
    name: HostName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PDF, PNG, JPEG or TIFF file.")],
    as_json: Json = False,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Pages at a time.")] = 4,
) -> None:
    """Read a document with the service on a host and print the text of each page as it comes.

    Pages of a PDF are drawn here and sent one by one, through SSH and the host's own proxy. The first page that cannot
    be read ends it with that error's exit code; with --json the error stands beside the pages that were read.

    Example: ocrfleet read attic scan.pdf
    """
    from ocrfleet.reading import pages_in, pictures, read_pages

    operator, begun = Operator(name), time.monotonic()
    pages = read_pages(operator.remote, operator.host, pictures(file), parallel=parallel)
    done: list[PageText] = []
    failed: OcrfleetError | None = None
    try:
        with bar(shown=as_json or not out.is_terminal) as shown:
            for page in shown.track(pages, total=pages_in(file), description="reading"):
                done.append(page)
                _show(page, shown.console, text=not as_json)
    except OcrfleetError as error:
        failed = error
    if as_json:
        found = {"pages": [asdict(page) for page in done], "seconds": round(time.monotonic() - begun, 3)}
        show_json({**found, "error": {"code": failed.code, **failed.parts}} if failed else found)
    if failed:
        raise failed


def _show(page: "PageText", err: Console, *, text: bool) -> None:
    if text:
        print(page.text, flush=True)
    if page.finish_reason != "stop":
        err.print(f"page {page.page} is cut: the model stopped by {page.finish_reason}")


def bar(*, shown: bool) -> Progress:
    """A progress bar, unless the texts go to the same terminal."""
    err = Console(stderr=True)
    # Else what is printed would end up beside the bar, on standard error.
    return Progress(
        console=err,
        disable=not (shown and err.is_terminal),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
