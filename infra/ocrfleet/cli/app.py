"""Every command, in the order in which a newcomer needs them."""

import typer

from ocrfleet.cli import changes, following, hosts, looking, pages, rotating, space, status
from ocrfleet.cli.edge import edge
from ocrfleet.cli.secrets import secrets

app = typer.Typer(
    name="ocrfleet",
    help="Puts an OCR model on a few GPU machines over SSH and keeps it there.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for command in (
    hosts.init,
    hosts.trust,
    hosts.pin,
    hosts.bootstrap,
    hosts.doctor,
    hosts.preflight,
    changes.render,
    changes.plan,
    changes.deploy,
    changes.rollback,
    changes.unpin,
    changes.stop,
    changes.start,
    space.prune,
    rotating.rotate,
    changes.destroy,
    following.attach,
    following.abort,
    status.status,
    looking.releases,
    looking.audit,
    looking.logs,
    looking.verify,
    pages.read,
):
    app.command()(command)

app.add_typer(edge)
app.add_typer(secrets)
