"""Commands that make a host known and ready: init, trust, pin, bootstrap, doctor, preflight."""

from typing import Annotated

import typer

from ocrfleet.cli.operator import HostName, Json, Operator, out, progress, tell_findings
from ocrfleet.errors import Refused
from ocrfleet.project import Project


def init(
    name: Annotated[str, typer.Argument(metavar="HOST", help="A new name: lower-case letters, digits, dashes.")],
    address: Annotated[str | None, typer.Option(help="The machine's host name or IP address; needed.")] = None,
    user: Annotated[str | None, typer.Option(help="Who to log in as; must be in the group docker; needed.")] = None,
) -> None:
    """Make the three files of a new host: hosts/HOST.yaml, templates/HOST/, Pulumi.HOST.yaml.

    The new host starts as a copy of the lab's CPU engine, so it can be deployed at once; edit it from there.
    When it fails, it leaves no file.

    Example: ocrfleet init attic --address 192.168.2.110 --user ocr
    """
    from ocrfleet.operate.scaffold import scaffold

    if address is None or user is None:
        example = f"ocrfleet init {name} --address {address or '192.168.2.110'} --user {user or 'ocr'}"
        raise Refused(f"where {name} is and who logs in there is not said", fix=f"for example: {example}")
    for path in scaffold(Project.find(), name, address=address, user=user):
        out.print(f"made {path}")
    out.print(f"next: ocrfleet trust {name}, then ocrfleet bootstrap {name}")


def trust(
    name: HostName,
    fingerprint: Annotated[str | None, typer.Option(help="SHA256:… as the machine's own console shows it.")] = None,
) -> None:
    """Write the key a host shows into its host file, if it has the fingerprint you give.

    Without --fingerprint this only prints what the host shows. Compare it with what the machine itself says, over a
    way you trust: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub

    Ends with 0 when the key is written, with 10 when it was only shown or is another one.

    Example: ocrfleet trust attic
    """
    from ocrfleet.operate.trust import pin, scan
    from ocrfleet.remote import Target

    operator = Operator(name)
    shown = scan(operator.project, Target.of(operator.host))
    if fingerprint is None:
        out.print(f"{name} shows {shown.fingerprint} ({shown.kind})")
        out.print(f"if that is right: ocrfleet trust {name} --fingerprint {shown.fingerprint}")
        raise typer.Exit(10)
    path = pin(operator.project, operator.host, shown, fingerprint)
    out.print(f"{path} now pins {shown.fingerprint}")


def pin(
    name: HostName,
    again: Annotated[bool, typer.Option("--again", help="Ask anew for images that are pinned, too.")] = False,
) -> None:
    """Write the digests of a host's base images into its host file, so that a tag that moves changes nothing.

    Asks the images' registries, and nothing of the host. Where it finds no digest, it changes nothing; where it finds
    all that the host uses, the waiver unpinned-base goes.

    Example: ocrfleet pin attic
    """
    from ocrfleet.operate.pin import pin_images
    from ocrfleet.operate.registry import Https

    operator = Operator(name)
    for found in pin_images(operator.project, operator.host, Https(), again=again):
        said = f"{found.now} ({found.why})" if found.why else found.now
        out.print(f"{found.key}: {said}", markup=False)


def bootstrap(
    name: HostName,
    print_: Annotated[bool, typer.Option("--print", help="Print what would run as root, and do nothing.")] = False,
) -> None:
    """Prepare a host, once: the folder for releases, the guard, and the rule that keeps the local network out.

    It logs in as the deploy user and uses sudo. Where sudo asks for a password, run the printed script there by hand,
    then this again: it sees that, sends the agent and waits for the guard.

    Example: ocrfleet bootstrap attic --print
    """
    from ocrfleet.operate.bootstrap import prepare, script

    operator = Operator(name)
    if print_:
        out.print(script(operator.host), markup=False)
        return
    with progress(f"bootstrap {name}") as lines:
        prepare(operator.remote, operator.host, lines)
    out.print(f"{name} is ready: its guard is alive. next: pulumi up -s {name}")


def doctor(name: HostName, as_json: Json = False) -> None:
    """Look for what would make a deploy to a host fail. Changes nothing.

    Ends with 0 when everything is well, 10 when something is not or we are refused, 40 when the host does not answer.

    Example: ocrfleet doctor attic
    """
    from ocrfleet.operate.doctor import examine

    operator = Operator(name)
    tell_findings(examine(operator.project, operator.host, operator.remote), as_json=as_json)


def preflight(name: HostName, as_json: Json = False) -> None:
    """Ask a machine whether it can run what its host file says: GPU, driver, memory, room. Changes nothing.

    It takes seconds. Each refusal says how much is short and what to do; programs that use the GPU are named, and
    nobody here ends them.

    Ends with 0 when the machine can, with 10 when it cannot or we are refused, 40 when the host does not answer.

    Example: ocrfleet preflight attic
    """
    from ocrfleet.operate.preflight import preflight as ask

    operator = Operator(name)
    tell_findings(ask(operator.host, operator.remote), as_json=as_json)
