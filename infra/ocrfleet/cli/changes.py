"""Commands that change what a host serves, and those that show such a change beforehand."""

from pathlib import Path
from typing import Annotated

import typer

from ocrfleet.cli.edge import TakeOver
from ocrfleet.cli.operator import HostName, Json, Operator, Wait, out, progress, show_json
from ocrfleet.cli.rotating import hand_out


def render(
    name: HostName,
    folder: Annotated[Path, typer.Option("--out", help="Where to write; an empty or new folder.")],
) -> None:
    """Write exactly what a deploy would use: build contexts, run arguments, proxy configuration, gate.

    Example: ocrfleet render attic --out /tmp/attic
    """
    from ocrfleet.render import render as compute
    from ocrfleet.render import write

    operator = Operator(name)
    for path in write(compute(operator.project, operator.host), folder):
        out.print(str(path))


def plan(name: HostName, as_json: Json = False) -> None:
    """Say what a deploy would do to a host now. Changes nothing.

    Which images it builds, the strategy, the expected outage, the disk it needs, what is kept for a rollback, and what
    would be refused; then it ends with 10.

    Example: ocrfleet plan attic --json
    """
    from ocrfleet.operate.deployment import plan_host

    operator = Operator(name)
    found = plan_host(operator.project, operator.host, operator.remote)
    if as_json:
        show_json(found.as_json())
    else:
        out.print(f"{name}: {found.service.action}", markup=False)
        for line in found.lines():
            out.print(line, markup=False)
    if found.refusal:
        raise typer.Exit(10)


def deploy(name: HostName, wait: Wait = 0, take_over: TakeOver = False) -> None:
    """Run `pulumi up` for a host, without questions, and end with ocrfleet's exit code for how it went.

    Where the host is public, Cloudflare is asked first whether it can take that: `ocrfleet edge check`; afterwards each
    consumer that has no credential gets one, in the host's store of secrets.
    0 done, 10 refused, 20 failed and restored, 30 failed and not restored, 40 not known, 50 somebody else is at work.

    Example: ocrfleet deploy attic --wait 600
    """
    from ocrfleet.operate.pulumicli import change

    operator = Operator(name)
    if operator.host.edge:
        from ocrfleet.cloudflare import connect
        from ocrfleet.operate.public import refuse_what_stands_in_the_way

        refuse_what_stands_in_the_way(operator.project, operator.host, connect(), take_over=take_over)
    code = change(operator.project, name, out.out, wait=wait)
    if operator.host.edge and code == 0:
        hand_out(operator)
    raise typer.Exit(code)


def destroy(
    name: HostName,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only said what would go.")] = False,
    wait: Wait = 0,
) -> None:
    """Take the service off a host: run `pulumi destroy`. Images and the model's files stay there.

    Without --yes this only says so and ends with 10; else the exit codes are those of deploy.

    Example: ocrfleet destroy attic --yes
    """
    from ocrfleet.operate.pulumicli import change

    operator = Operator(name)
    operator.host  # noqa: B018  a wrong host file is refused before Pulumi starts
    if not yes:
        out.print(f"this takes containers, networks, releases and secrets off {name}: ocrfleet destroy {name} --yes")
        raise typer.Exit(10)
    raise typer.Exit(change(operator.project, name, out.out, verb="destroy", wait=wait))


def rollback(
    name: HostName,
    to: Annotated[int | None, typer.Option(help="A release of `ocrfleet releases`; default: the previous one.")] = None,
    wait: Wait = 0,
) -> None:
    """Serve an earlier release again, through the same gate, and pin it until `ocrfleet unpin`.

    Needs no build, no state and no network but SSH. Afterwards Pulumi's state is brought in line, if it is reachable.
    Ends with 20 when the earlier release failed and what served before serves again; other codes as for deploy.

    Example: ocrfleet rollback attic --to 7
    """
    from ocrfleet.operate.pulumicli import refresh

    operator = Operator(name, wait)
    with progress(f"rollback {name}") as lines:
        done = operator.remote.rollback(to, lines)
    out.print(f"{name}: release {done['release']} is serving and pinned; to deploy again: ocrfleet unpin {name}")
    problem = refresh(operator.project, name)
    if problem:
        out.print(f"Pulumi's state does not know it yet ({problem}); later: pulumi refresh -s {name}", markup=False)


def unpin(name: HostName, wait: Wait = 0) -> None:
    """Let the next deploy replace the release a rollback pinned.

    Example: ocrfleet unpin attic
    """
    pinned = Operator(name, wait).remote.tell("unpin")["was_pinned"]
    out.print(f"{name}: {'nothing was pinned' if pinned is None else f'release {pinned} is not pinned any more'}")


def stop(name: HostName, wait: Wait = 0) -> None:
    """Let the engine finish what it reads, then stop it until `ocrfleet start`. A reboot does not start it.

    Example: ocrfleet stop attic
    """
    operator = Operator(name, wait)
    with progress(f"stop {name}") as lines:
        done = operator.remote.stop(lines)
    out.print(f"{name}: release {done['stopped']} is stopped; to start it: ocrfleet start {name}")


def start(name: HostName, wait: Wait = 0) -> None:
    """Start what `ocrfleet stop` stopped, and let it pass its gate again.

    Example: ocrfleet start attic
    """
    operator = Operator(name, wait)
    with progress(f"start {name}") as lines:
        done = operator.remote.start(lines)
    out.print(f"{name}: release {done['started']} is serving")
