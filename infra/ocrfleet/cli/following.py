"""Commands about the job at work on a host: attach, abort."""

from typing import Annotated

import typer

from ocrfleet.cli.operator import HostName, Operator, out, progress

JobKey = Annotated[
    str | None, typer.Option("--job", metavar="KEY", help="Which job, where several are at work; messages name it.")
]


def attach(name: HostName, job: JobKey = None) -> None:
    """Join the job at work on a host, from any machine: all its lines, then how it ended. Ends with its exit code.

    Where none is at work, say how the last one ended.

    Example: ocrfleet attach attic
    """
    from ocrfleet.operate.following import attach as join

    with progress(f"attach {name}") as lines:
        ended = join(Operator(name).remote, lines, job)
    out.print(f"{name}: {ended}", markup=False)


def abort(name: HostName, job: JobKey = None) -> None:
    """Ask the job at work on a host to stop. What served before serves again, by itself; a build is broken off.

    Ends with 0 once that is so or nothing was at work, with 10 where the job had done its work before.

    Example: ocrfleet abort attic
    """
    from ocrfleet.operate.following import abort as stop

    with progress(f"abort {name}") as lines:
        stopped = stop(Operator(name).remote, lines, job)
    if stopped is None:
        out.print(f"{name}: nothing is at work that could be stopped")
        return
    what, said = stopped
    out.print(f"{name}: {what} was stopped\n{said}", markup=False)
