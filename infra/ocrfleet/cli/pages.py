"""The command that reads documents."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from ocrfleet.asking.families import Task
from ocrfleet.cli.operator import HostName, Json, Operator, out, show_json
from ocrfleet.errors import OcrfleetError, Refused

if TYPE_CHECKING:
    from ocrfleet.reading import PageText


def read(  # noqa: PLR0913, PLR0917  what a person may type
    name: HostName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PDF, PNG, JPEG or TIFF file.")],
    as_json: Json = False,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Pages at a time.")] = 4,
    task: Annotated[Task, typer.Option(help="What to ask for; an engine without tasks reads text.")] = "markdown",
    figures: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to put the figures a text names.")] = None,
) -> None:
    """Read a document with the service on a host and print the text of each page as it comes.

    Pages of a PDF are drawn here and sent one by one, through SSH and the host's own proxy. The first page that cannot
    be read ends it with that error's exit code; with --json the error stands beside the pages that were read.

    Example: ocrfleet read attic scan.pdf
    """
    from ocrfleet.reading import Asking, pages_in, pictures, read_pages

    operator, begun = Operator(name), time.monotonic()
    pages = read_pages(operator.remote, operator.host, pictures(file), Asking(parallel, task))
    done: list[PageText] = []
    failed: OcrfleetError | None = None
    try:
        with bar(shown=as_json or not out.is_terminal) as shown:
            for page in shown.track(pages, total=pages_in(file), description="reading"):
                done.append(page)
                if figures:
                    _save(page, figures)
                _show(page, shown.console, text=not as_json)
    except OcrfleetError as error:
        failed = error
    if as_json:
        found = {"pages": [_plain(page) for page in done], "seconds": round(time.monotonic() - begun, 3)}
        show_json({**found, "error": {"code": failed.code, **failed.parts}} if failed else found)
    if failed:
        raise failed


def _plain(page: "PageText") -> dict[str, Any]:
    return {**asdict(page), "figures": list(page.figures)}


def _save(page: "PageText", folder: Path) -> None:
    """Write a page's figures under the folder, by the names that its text calls them."""
    for name, content in page.figures.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise Refused(f"cannot write {path}: {error.strerror}", fix="name a folder that can be written") from None


def _show(page: "PageText", err: Console, *, text: bool) -> None:
    if text:
        print(page.text, flush=True)
    if not page.is_whole:
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
