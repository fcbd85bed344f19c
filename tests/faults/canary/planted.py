"""A project in which every secret input holds a canary."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from lab.project import KEY, LabProject
from ocrfleet.agent.names import HUB_TOKEN
from ocrfleet.commands.serving import MODELS
from tests.faults.canary.canaries import Canary
from tests.host.hub import LabHub, hub
from tests.unit.agent.hubs import WEIGHTS

NAMES = ("api-key", "next-key", "ca-bundle", "pip-index", HUB_TOKEN, "unused")
HOOK = "#!/bin/sh\n{ env; cat; } >>/tmp/ocrfleet-hook.out\n"
START = "{% block start %}"
# A build step that has both secrets, so that they must have come, and that leaves an image never seen before.
STEP = 'RUN --mount=type=secret,id={name},uid=10001 ["grep", "-q", "canary", "/run/secrets/{name}"]'


@dataclass(kw_only=True)
class Planted(LabProject):
    """The project of a lab host, run by an operator who has other build secrets and a token of the hub."""

    hub: LabHub
    token: Path

    def write(self, **changes: Any) -> None:
        """Write the host file with two API keys and a model, and with build secrets as the lab has them."""
        keys = {"proxy__api_keys": ["api-key", "next-key"], "model__token": {"path": str(self.token)}}
        super().write(**{**keys, **self.hub.keys, **changes})


@contextmanager
def planted(lab: LabProject, folder: Path) -> Iterator[tuple[Planted, tuple[Canary, ...]]]:
    """Put a canary into every secret input for the block."""
    canaries = {name: Canary.hatch(name) for name in NAMES}
    dockerfile = lab.root / "templates" / "faulty" / "Dockerfile.j2"
    before = dockerfile.read_text(encoding="utf-8")
    try:
        # The steps before ours are built with the real index: at the one with the canary nobody answers.
        dockerfile.write_text(before.replace(START, f"{START}\nLABEL before={time.time_ns()}"), encoding="utf-8")
        lab.deploy()
        steps = [f"LABEL planted={time.time_ns()}", *(STEP.format(name=name) for name in ("ca_bundle", "pip_index"))]
        dockerfile.write_text(before.replace(START, "\n".join([START, *steps])), encoding="utf-8")
        lab.script(f"cat >/var/lib/ocrfleet/hooks/post-deploy <<'END'\n{HOOK}END\nchmod 755 /var/lib/ocrfleet/hooks/*")
        # It drops a connection once, so that the token is shown again and the fetch has something to say.
        with hub(lab, cuts={f"/bytes/{WEIGHTS}": [3000]}) as there:
            found = _with_canaries(lab, there, canaries, folder)
            for name in ("api-key", "next-key", "unused"):
                _configure(found, name, canaries[name].value)
            yield found, tuple(canaries.values())
    finally:
        dockerfile.write_text(before, encoding="utf-8")
        lab.script("rm -f /var/lib/ocrfleet/hooks/post-deploy /tmp/ocrfleet-hook.out")
        _configure(lab, "api-key", KEY)
        # No release may be left that needs a model whose hub is gone.
        lab.clean()
        lab.inside("rm", "-rf", MODELS)


def _with_canaries(lab: LabProject, there: LabHub, canaries: Mapping[str, Canary], folder: Path) -> Planted:
    """The same project for an operator who has them in files and in variables."""
    bundle, token = folder / "ca.pem", folder / "token"
    trusted = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")).read_text(encoding="utf-8")
    bundle.write_text(f"# {canaries['ca-bundle'].value}\n{trusted}", encoding="utf-8")
    token.write_text(f"{canaries[HUB_TOKEN].value}\n", encoding="utf-8")
    index = f"https://somebody:{canaries['pip-index'].value}@127.0.0.1:9/simple"
    known = {field.name: getattr(lab, field.name) for field in fields(lab)}
    more = {**lab.more, "SSL_CERT_FILE": str(bundle), "PIP_INDEX_URL": index}
    return Planted(**{**known, "more": more}, hub=there, token=token)


def _configure(lab: LabProject, name: str, value: str) -> None:
    lab.pulumi("config", "set", "--secret", f"ocrfleet:{name}", f"--stack={lab.name}", stdin=value)
