"""The environment in which plain `pulumi` and `ocrfleet` commands work on the lab's stack."""

from __future__ import annotations

import os
import secrets
import shlex

from lab.edge import lab_edge
from lab.engine import Engine
from lab.places import Places
from lab.plugins.install import install


def environment(places: Places, engine: Engine) -> dict[str, str]:
    """The variables, for a child process or for `eval "$(make -s env)"`."""
    folders = [str(places.root / ".venv" / "bin"), *([str(engine.folder)] if engine.folder else [])]
    path = [one for one in os.environ.get("PATH", "").split(":") if one not in folders]
    return {
        "PATH": ":".join([*folders, *path]),
        "VIRTUAL_ENV": str(places.root / ".venv"),
        "PULUMI_BACKEND_URL": f"file://{places.state}",
        "PULUMI_HOME": str(places.pulumi_home),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(places.passphrase),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        **lab_edge(places).environment,
    }


def prepare(places: Places) -> None:
    """Make the backend's folder, the passphrase's file, and what stands in for a plugin the lab cannot get."""
    for folder in (places.state, places.pulumi_home):
        folder.mkdir(parents=True, exist_ok=True)
    install(places.pulumi_home)
    if not places.passphrase.exists():
        # Written whole or not at all: half a passphrase would be used for ever.
        fresh = places.passphrase.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        fresh.rename(places.passphrase)


def exports(variables: dict[str, str]) -> str:
    """The variables as a shell reads them."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
