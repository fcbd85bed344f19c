"""Opens the store that a host file names."""

import os

from ocrfleet.errors import Refused
from ocrfleet.project import Project
from ocrfleet.secrets.config import ConfigStore, Pulumi
from ocrfleet.secrets.store import Secret, SecretStore
from ocrfleet.spec import HostSpec
from ocrfleet.spec.secrets import StoreKind


def open_store(project: Project, host: HostSpec, pulumi: Pulumi, kind: StoreKind | None = None) -> SecretStore:
    """Open the host's store, or another one that its host file describes."""
    kind = kind or host.secrets.store
    return ConfigStore(host.name, pulumi) if kind == "config" else _open(project, host, kind)


def kept_secrets(project: Project, host: HostSpec) -> dict[str, Secret] | None:
    """Return the secrets a stack gets from its store; None where Pulumi keeps them itself."""
    kind = host.secrets.store
    return None if kind == "config" else _open(project, host, kind).read()


def _open(project: Project, host: HostSpec, kind: StoreKind) -> SecretStore:
    if kind == "env":
        from ocrfleet.secrets.environ import EnvStore

        return EnvStore(host.name, tuple(host.proxy.api_keys), os.environ)
    if kind == "age" and host.secrets.age:
        from ocrfleet.secrets.age import AgeStore
        from ocrfleet.secrets.agekeys import Keys

        age = host.secrets.age
        keys = Keys(host.name, age.recipients, project.path(age.identity_file))
        return AgeStore(host.name, project.root / "secrets" / f"{host.name}.age", keys)
    if kind == "esc" and host.secrets.esc:
        from ocrfleet.secrets.cloud import connect
        from ocrfleet.secrets.esc import EscStore

        return EscStore(host.name, connect(host.secrets.esc.environment, host.secrets.esc.url))
    raise Refused(
        f"hosts/{host.name}.yaml does not say where its store {kind} is", fix=f"write secrets.{kind} into that file"
    )
