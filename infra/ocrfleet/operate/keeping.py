"""Looks after the secrets of a host: in the store its host file names, or in another one that it describes."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterable, Mapping, Sequence

from ocrfleet.errors import Refused
from ocrfleet.operate.pulumicli import configure
from ocrfleet.project import Project
from ocrfleet.secrets import API_KEY, Secret, SecretStore, open_store
from ocrfleet.secrets.environ import variable
from ocrfleet.spec import HostSpec
from ocrfleet.spec.public import CREDENTIALS
from ocrfleet.spec.secrets import StoreKind


def store_of(project: Project, host: HostSpec, kind: StoreKind | None = None) -> SecretStore:
    """Open a store of a host."""
    return open_store(project, host, lambda words, given: configure(project, host.name, words, given), kind)


def one(store: SecretStore, host: HostSpec, name: str, at: str | None = None) -> Secret:
    """Return one secret; raise Refused where there is none of this name."""
    found = store.read(at)
    if name not in found:
        there = ", ".join(sorted(found)) or "none"
        fix = f"ocrfleet secrets set {host.name} {name}"
        raise Refused(f"the store {store.kind} of {host.name} has no secret {name} (there: {there})", fix=fix)
    return found[name]


def keep(store: SecretStore, host: HostSpec, name: str, value: str) -> str | None:
    """Keep a value under a name; raise Refused for one that a deploy would refuse."""
    if name in host.proxy.api_keys and not API_KEY.fullmatch(value):
        fix = f"ocrfleet secrets rotate {host.name} {name} makes one"
        raise Refused(f"{name} is an API key: 24 to 200 letters, digits, dashes or underscores", fix=fix)
    if not value:
        raise Refused(f"there is no value for {name}", fix=f"ocrfleet secrets set {host.name} {name} <FILE")
    return store.write({name: Secret(value)})


def renew(store: SecretStore, host: HostSpec, name: str) -> str | None:
    """Replace a secret by a new random one, which nobody has seen; raise Refused where Cloudflare makes it."""
    if host.edge and name.startswith(CREDENTIALS):
        fix = f"ocrfleet rotate {host.name} access --only {name.removeprefix(CREDENTIALS)}"
        raise Refused(f"{name} is a consumer's credential, which only Cloudflare can make", fix=fix)
    return keep(store, host, name, secrets.token_hex(32))


def copy(source: SecretStore, target: SecretStore) -> list[str]:
    """Keep in one store what another one has; return the names of what was new or different there."""
    there = target.read()
    changes = {name: secret for name, secret in sorted(source.read().items()) if there.get(name) != secret}
    if changes:
        target.write(changes)
    return list(changes)


def run(program: Sequence[str], given: Mapping[str, Secret]) -> int:
    """Run a program with secrets in its environment, which no list of processes shows; return its exit code."""
    try:
        with subprocess.Popen(
            program, env={**os.environ, **{name: one.reveal() for name, one in given.items()}}
        ) as child:
            code = child.wait()
    except OSError as error:
        raise Refused(f"{program[0]} cannot be run: {error.strerror}", fix="ocrfleet secrets env --help") from None
    return code if code >= 0 else 128 - code


def variables(found: Iterable[tuple[str, Secret]]) -> dict[str, Secret]:
    """Secrets under the names that programs and the store env know them by."""
    return {variable(name): secret for name, secret in found}
