"""Commands about secrets: the same for every store. A value is printed only with --reveal."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ocrfleet.cli.operator import HostName, Json, Operator, out, show_json
from ocrfleet.operate import keeping
from ocrfleet.secrets.store import HIDDEN, Secret, SecretStore
from ocrfleet.spec.secrets import StoreKind

SecretName = Annotated[str, typer.Argument(metavar="NAME", help="The secret's name, like api-key.")]
Store = Annotated[StoreKind | None, typer.Option("--store", help="Another store than the host file's.")]
At = Annotated[str | None, typer.Option("--at", help="A revision of `ocrfleet secrets versions`, or a tag of ESC's.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Print values; without this, only names.")]

secrets = typer.Typer(name="secrets", help="The secrets of a host.", no_args_is_help=True, rich_markup_mode=None)


@secrets.command()
def get(  # noqa: PLR0913  each is an option
    name: HostName,
    secret: SecretName,
    *,
    at: At = None,
    reveal: Reveal = False,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Say whether a secret is there; with --reveal, print its value and nothing else.

    Example: ocrfleet secrets get attic api-key --reveal
    """
    operator, kept = _open(name, store)
    value = keeping.one(kept, operator.host, secret, at)
    if as_json:
        show_json({"name": secret, "store": kept.kind, "at": at, "value": _shown(value, reveal=reveal)})
    elif reveal:
        sys.stdout.write(value.reveal() + "\n")
    else:
        out.print(f"{secret} is in the store {kept.kind}; to print it: --reveal", markup=False)


@secrets.command("set")
def set_(name: HostName, secret: SecretName, store: Store = None) -> None:
    """Keep a value: it is read from standard input, or asked for without an echo. The next deploy takes it to the host.

    Example: openssl rand -hex 32 | ocrfleet secrets set attic api-key
    """
    operator, kept = _open(name, store)
    value = typer.prompt(secret, hide_input=True) if sys.stdin.isatty() else sys.stdin.read().rstrip("\r\n")
    _changed(operator, kept, keeping.keep(kept, operator.host, secret, value), f"{secret} is set")


@secrets.command("list")
def list_(name: HostName, at: At = None, store: Store = None, as_json: Json = False) -> None:
    """List the names of all secrets.

    Example: ocrfleet secrets list attic
    """
    _, kept = _open(name, store)
    names = sorted(kept.read(at))
    if as_json:
        show_json({"store": kept.kind, "at": at, "names": names})
    else:
        _lines(names or [f"the store {kept.kind} has no secret"])


@secrets.command()
def versions(name: HostName, store: Store = None, as_json: Json = False) -> None:
    """List the revisions of a store, the newest first.

    Example: ocrfleet secrets versions attic
    """
    _, kept = _open(name, store)
    found = kept.revisions()
    if as_json:
        show_json([revision.as_json() for revision in found])
    else:
        _lines([" ".join(filter(None, (one.name, one.created, one.who, *one.tags))) for one in found])


@secrets.command()
def rollback(
    name: HostName, to: Annotated[str, typer.Option("--to", help="A revision, or a tag of ESC's.")], store: Store = None
) -> None:
    """Make a new revision of the whole store that is like an earlier one.

    Example: ocrfleet secrets rollback attic --to 7
    """
    operator, kept = _open(name, store)
    _changed(operator, kept, kept.restore(to), f"the secrets are again those of {to}")


@secrets.command()
def rotate(name: HostName, secret: SecretName, store: Store = None) -> None:
    """Replace a secret by 32 new random bytes, in hex. The next deploy takes it to the host.

    Example: ocrfleet secrets rotate attic api-key
    """
    operator, kept = _open(name, store)
    _changed(operator, kept, keeping.renew(kept, operator.host, secret), f"{secret} is new")


@secrets.command(context_settings={"ignore_unknown_options": True})
def env(
    name: HostName,
    program: Annotated[list[str] | None, typer.Argument(metavar="[-- PROGRAM]", help="What to run with them.")] = None,
    reveal: Reveal = False,
    store: Store = None,
) -> None:
    """Run a program with every secret in a variable, OCRFLEET_SECRET_NAME, and end as it ends; or list the variables.

    Example: ocrfleet secrets env attic -- python3 consumer.py
    """
    _, kept = _open(name, store)
    found = keeping.variables(sorted(kept.read().items()))
    if not program:
        for variable, secret in found.items():
            sys.stdout.write(f"{variable}={secret.reveal() if reveal else HIDDEN}\n")
        return
    raise typer.Exit(keeping.run(program, found))


@secrets.command("import")
def import_(
    name: HostName,
    source: Annotated[StoreKind, typer.Option("--from", help="The store to read.")],
    store: Store = None,
) -> None:
    """Copy what another store of the host has into its own. Nothing is taken away.

    Example: ocrfleet secrets import attic --from config
    """
    _copy(name, source, store)


@secrets.command()
def export(
    name: HostName,
    target: Annotated[StoreKind, typer.Option("--to", help="The store to write.")],
    store: Store = None,
) -> None:
    """Copy what the host's store has into another one. Nothing is taken away.

    Example: ocrfleet secrets export attic --to age
    """
    _copy(name, store, target)


def _open(name: str, kind: StoreKind | None) -> tuple[Operator, SecretStore]:
    operator = Operator(name)
    return operator, keeping.store_of(operator.project, operator.host, kind)


def _copy(name: str, source: StoreKind | None, target: StoreKind | None) -> None:
    (_, left), (_, right) = _open(name, source), _open(name, target)
    copied = keeping.copy(left, right)
    out.print(f"{left.kind} to {right.kind}: {', '.join(copied) or 'nothing was different'}", markup=False)


def _changed(operator: Operator, kept: SecretStore, revision: str | None, what: str) -> None:
    where = f"{kept.kind}, revision {revision}" if revision else kept.kind
    out.print(f"{what} ({where}); to use it: ocrfleet deploy {operator.name}", markup=False)


def _lines(lines: list[str]) -> None:
    for line in lines:
        out.print(line, markup=False)


def _shown(secret: Secret, *, reveal: bool) -> Any:
    return secret.reveal() if reveal else None
