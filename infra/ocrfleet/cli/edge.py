"""Commands about what is public: check, audit, adopt."""

from typing import Annotated

import typer

from ocrfleet.cli.operator import HostName, Json, Operator, out, show_json, tell_findings

TakeOver = Annotated[
    bool, typer.Option("--take-over", help="Write the tunnel's rules although somebody else changed them.")
]

edge = typer.Typer(name="edge", help="What a host answers to in public.", no_args_is_help=True, rich_markup_mode=None)


@edge.command()
def check(name: HostName, as_json: Json = False) -> None:
    """Ask Cloudflare whether it can take the edge of a host: token, scopes, zone, records, rules. Changes nothing.

    Ends with 0 when it can, with 10 when something stands in the way.

    Example: ocrfleet edge check attic
    """
    from ocrfleet.cloudflare import connect
    from ocrfleet.operate.public import check as ask

    operator = Operator(name)
    tell_findings(ask(operator.project, operator.host, connect()), as_json=as_json)


@edge.command()
def audit(as_json: Json = False) -> None:
    """Look for names that anybody can reach, in every zone and every tunnel of the account, ours or not.

    Ends with 0 when there is none, else with 20.

    Example: ocrfleet edge audit --json
    """
    from ocrfleet.cloudflare import connect
    from ocrfleet.operate.public import audit as look

    found = look(connect())
    if as_json:
        show_json([vars(opening) for opening in found])
    else:
        for opening in found:
            out.print(f"OPEN {opening.name} ({opening.where}): {opening.why}", markup=False)
        out.print(f"{len(found)} open" if found else "every name has its guard")
    if found:
        raise typer.Exit(20)


@edge.command()
def adopt(
    name: HostName,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only said what would be.")] = False,
    take_over: TakeOver = False,
) -> None:
    """Let a host's stack take over what Cloudflare has already of its names: tunnel, rules, applications, records.

    Nothing changes at Cloudflare until the next deploy. What is somebody else's is neither changed nor taken away.
    Ends with 10 where nothing was done.

    Example: ocrfleet edge adopt attic --yes
    """
    from ocrfleet.cloudflare import connect
    from ocrfleet.operate.public import adopt as take
    from ocrfleet.operate.public import adoption

    operator = Operator(name)
    plan, state = adoption(operator.project, operator.host, connect())
    for line in plan.lines():
        out.print(line, markup=False)
    if plan.foreign or (plan.lost and not take_over):
        out.print("nothing was taken over: correct the host file or what stands there" + _or_take_over(plan.foreign))
        raise typer.Exit(10)
    if plan.imports and not yes:
        out.print(f"to do it: ocrfleet edge adopt {name} --yes")
        raise typer.Exit(10)
    if plan.imports:
        take(operator.project, operator.host, plan, state)
        out.print(f"{len(plan.imports)} things are the stack's now; what a deploy changes: pulumi preview -s {name}")


def _or_take_over(foreign: tuple[str, ...]) -> str:
    return "" if foreign else ", or let the rules go: --take-over"
