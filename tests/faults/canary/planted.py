"""A project in which every secret input holds a canary."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.project import KEY, LabProject
from tests.faults.canary.canaries import Canary

NAMES = ("api-key", "next-key", "ca-bundle", "pip-index", "unused")
HOOK = "#!/bin/sh\n{ env; cat; } >>/tmp/ocrfleet-hook.out\n"
START = "{% block start %}"
# A build step that has both secrets, so that they must have come, and that leaves an image never seen before.
STEP = 'RUN --mount=type=secret,id={name},uid=10001 ["grep", "-q", "canary", "/run/secrets/{name}"]'


@dataclass
class Planted(LabProject):
    """The project of a lab host, run by an operator whose environment holds other build secrets."""

    extra: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> Mapping[str, str]:
        return {**super().env, **self.extra}

    def write(self, **changes: Any) -> None:
        """Write the host file with two API keys, and with build secrets from the environment, as the lab has them."""
        super().write(**{"proxy__api_keys": ["api-key", "next-key"], **changes})


@contextmanager
def planted(lab: LabProject, folder: Path) -> Iterator[tuple[Planted, tuple[Canary, ...]]]:
    """Put a canary into every secret input for the block."""
    canaries = {name: Canary.hatch(name) for name in NAMES}
    bundle = folder / "ca.pem"
    trusted = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")).read_text(encoding="utf-8")
    bundle.write_text(f"# {canaries['ca-bundle'].value}\n{trusted}", encoding="utf-8")
    index = f"https://somebody:{canaries['pip-index'].value}@127.0.0.1:9/simple"
    extra = {"SSL_CERT_FILE": str(bundle), "PIP_INDEX_URL": index}
    found = Planted(lab.root, lab.name, lab.port, lab.keys, lab.container, lab.docker, lab.template, extra)
    dockerfile = lab.root / "templates" / "faulty" / "Dockerfile.j2"
    before = dockerfile.read_text(encoding="utf-8")
    try:
        # The steps before ours are built with the real index: at the one with the canary nobody answers.
        dockerfile.write_text(before.replace(START, f"{START}\nLABEL before={time.time_ns()}"), encoding="utf-8")
        lab.deploy()
        for name in ("api-key", "next-key", "unused"):
            _configure(found, name, canaries[name].value)
        steps = [f"LABEL planted={time.time_ns()}", *(STEP.format(name=name) for name in ("ca_bundle", "pip_index"))]
        dockerfile.write_text(before.replace(START, "\n".join([START, *steps])), encoding="utf-8")
        lab.script(f"cat >/var/lib/ocrfleet/hooks/post-deploy <<'END'\n{HOOK}END\nchmod 755 /var/lib/ocrfleet/hooks/*")
        yield found, tuple(canaries.values())
    finally:
        dockerfile.write_text(before, encoding="utf-8")
        lab.script("rm -f /var/lib/ocrfleet/hooks/post-deploy /tmp/ocrfleet-hook.out")
        lab.write()
        _configure(lab, "api-key", KEY)


def _configure(lab: LabProject, name: str, value: str) -> None:
    lab.pulumi("config", "set", "--secret", f"ocrfleet:{name}", f"--stack={lab.name}", stdin=value)
