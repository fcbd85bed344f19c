"""The command that renews what callers show, and what a deploy of a public host says to its consumers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ocrfleet.cli.operator import HostName, Json, Operator, Wait, err_line, out, show_json
from ocrfleet.cli.secrets import Store
from ocrfleet.errors import OcrfleetError, Refused
from ocrfleet.operate import keeping
from ocrfleet.spec.secrets import StoreKind

if TYPE_CHECKING:
    from ocrfleet.operate.rotating import Rotating
    from ocrfleet.rotation.outcome import Lap, Outcome

Kind = Literal["access", "tunnel", "api-key"]
Only = Annotated[str | None, typer.Option(metavar="NAME", help="One consumer, or one API key; default: all.")]
Overlap = Annotated[str, typer.Option(help="How long the one before stays good: 30m, 24h, 7d.")]
Emergency = Annotated[
    bool, typer.Option("--emergency", help="No overlap: what was shown until now is refused at once.")
]
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# What Cloudflare lets the secret before be good for.
SHORTEST, LONGEST = 3600, 30 * 86400
DAY = "24h"


def rotate(  # noqa: PLR0913  each is an option
    name: HostName,
    kind: Annotated[Kind, typer.Argument(help="What to renew.")],
    *,
    only: Only = None,
    overlap: Overlap = DAY,
    emergency: Emergency = False,
    store: Store = None,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Renew what callers show, without an outage: the new one is made, tried, kept in the store; then the old one ends.

    access: service tokens of consumers. api-key: the proxy's keys; no engine restarts. tunnel: the connector's token,
    which a deploy brings to the host, with whatever else was changed since the last one.
    Consumers take the new one out of the store (ocrfleet secrets get, or env) while the one before is still good.
    Stopped half-way? The same command goes on; while an overlap lasts, it begins no other rotation.
    A secret leaked? --emergency: who has not got the new one is refused from then on.

    Example: ocrfleet rotate attic access --only page-worker --overlap 48h
    """
    lap = _lap(kind, overlap, emergency=emergency)
    operator = Operator(name, wait)
    done: list[Outcome] = []
    try:
        for outcome in _outcomes(operator, kind, lap, only, store):
            done.append(outcome)
            if not as_json:
                out.print(outcome.line(), markup=False)
    finally:
        if as_json:
            show_json([outcome.as_json() for outcome in done])


def hand_out(operator: Operator) -> None:
    """After a deploy, give credentials to consumers that have none; that it cannot be done undoes no deploy."""
    from ocrfleet.cloudflare import connect

    try:
        for outcome in _rotating(operator, None).hand_out(connect()):
            out.print(outcome.line(), markup=False)
    except OcrfleetError as error:
        out.print(f"consumers have no credentials yet: {error.failed}; next: {error.fix}", markup=False)


def _outcomes(operator: Operator, kind: Kind, lap: Lap, only: str | None, store: StoreKind | None) -> Iterator[Outcome]:
    rotating = _rotating(operator, store)
    if kind == "api-key":
        return rotating.keys(lap, only)
    from ocrfleet.cloudflare import connect

    if kind == "tunnel":
        return rotating.tunnel(connect(), lap, err_line)
    return rotating.access(connect(), lap, only, err_line)


def _rotating(operator: Operator, store: StoreKind | None) -> Rotating:
    from ocrfleet.operate.rotating import Rotating

    kept = keeping.store_of(operator.project, operator.host, store)
    return Rotating(operator.project, operator.host, operator.remote, kept, wait=operator.wait or 0.0)


def _lap(kind: Kind, text: str, *, emergency: bool) -> Lap:
    from ocrfleet.rotation.outcome import Lap

    if emergency:
        return Lap(0)
    found = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", text)
    seconds = int(found[1]) * UNITS[found[2]] if found else 0
    if not 0 < seconds <= LONGEST:
        raise Refused(f"--overlap {text} is no time up to 30d", fix="say 30m, 24h or 7d; for none at all: --emergency")
    if kind == "access" and seconds < SHORTEST:
        raise Refused(f"Cloudflare keeps the secret before for an hour at least, not {text}", fix=f"--overlap {DAY}")
    return Lap(seconds)
