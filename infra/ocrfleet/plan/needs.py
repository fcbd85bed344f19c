"""What a host file needs of its machine, as plain values: they travel through Pulumi to where the machine is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ocrfleet.plan.reference import Reference

if TYPE_CHECKING:
    # The provider process needs this module but never a host file, and pydantic would delay its start.
    from ocrfleet.spec import HostSpec

# Where Cloudflare's own connector goes; another's image knows by itself.
CLOUDFLARED = "cloudflare/cloudflared"
TUNNEL = "region1.v2.argotunnel.com:7844"
HTTPS = 443


@dataclass(frozen=True)
class Gpu:
    """What is known of the GPU, and the words with which an engine gets it."""

    capability: str
    memory: str
    driver: int
    uuid: str | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class Needs:
    """What a machine must be and have. `model` is the repository, the commit and the hub of the weights."""

    host: str
    user: str
    arch: str
    port: int
    memory_gib: float
    bases: tuple[str, ...]
    gpu: Gpu | None
    model: tuple[str, str, str] | None
    has_tunnel: bool

    @classmethod
    def of(cls, host: HostSpec) -> Needs:
        """Read them from a host."""
        from ocrfleet.commands.serving import gpu_words, weights

        gpu, found = host.gpu, weights(host)
        known = Gpu(gpu.capability, gpu.memory, gpu.driver, gpu.uuid, gpu_words(host)[:1]) if gpu else None
        return cls(
            host=host.name,
            user=host.ssh.user,
            arch=host.arch,
            port=host.proxy.port,
            memory_gib=host.engine.memory_gib,
            bases=tuple(dict.fromkeys((host.build.start, host.build.proxy_start))),
            gpu=known,
            model=(found.repo, found.revision, host.model.hub) if found and host.model else None,
            has_tunnel=host.edge is not None and Reference.parse(host.edge.connector).repository.endswith(CLOUDFLARED),
        )

    @classmethod
    def parse(cls, text: str) -> Needs:
        """Read what `text` wrote."""
        raw = json.loads(text)
        gpu = raw["gpu"] and Gpu(**{**raw["gpu"], "words": tuple(raw["gpu"]["words"])})
        model = raw["model"] and tuple(raw["model"])
        return cls(**{**raw, "bases": tuple(raw["bases"]), "gpu": gpu, "model": model})

    def text(self) -> str:
        """Write them; numbers travel inside JSON text, since Pulumi's own are floats."""
        return json.dumps(asdict(self), sort_keys=True)

    def is_built(self, images: frozenset[str]) -> bool:
        """Whether there is an engine's image of ours, so that what it starts from is there."""
        return any(name.startswith(self._ours) for name in images)

    def questions(self) -> Mapping[str, Any]:
        """What the agent's verb `probe` is to ask besides: who must be reached, and the GPU from inside an image."""
        reach = [*self.registries(self.bases), *self.hub, *self.tunnel]
        words = self.gpu.words if self.gpu else ()
        return {"reach": reach, "gpus": list(words), "images": [self._ours, *self.bases]}

    @staticmethod
    def registries(images: Iterable[str]) -> tuple[str, ...]:
        """Where images are pulled from."""
        return tuple(dict.fromkeys(_place(Reference.parse(image).host) for image in images))

    @property
    def hub(self) -> tuple[str, ...]:
        """Where the weights are fetched from."""
        return (_place(self.model[2].partition("://")[2]),) if self.model else ()

    @property
    def tunnel(self) -> tuple[str, ...]:
        """Where a connector goes, if the host has public names."""
        return (TUNNEL,) if self.has_tunnel else ()

    @property
    def _ours(self) -> str:
        return f"ocrfleet/{self.host}-engine:"


def _place(host: str) -> str:
    return host if ":" in host else f"{host}:{HTTPS}"
