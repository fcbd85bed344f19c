"""What an image is built from: the build part of a host file."""

from typing import Annotated, Literal

from pydantic import Field

from ocrfleet.spec.expect import Between, EnvName, Key, Name, PathText, Strict, expect

ImageReference = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9._/:-]*[a-z0-9](:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?$"),
    expect("an image reference, like debian:bookworm-slim@sha256:…"),
]


class BuildSecret(Strict):
    """Where a build secret comes from on the operator's machine. It never enters a layer."""

    path: PathText | None = Field(default=None, description="A file.")
    path_from_env: EnvName | None = Field(
        default=None, description="A variable that holds a file's path; when it is not set there is no secret."
    )
    from_env: EnvName | None = Field(
        default=None, description="A variable that holds the value; when it is not set there is no secret."
    )


class Source(Strict):
    """What vLLM is built on and with, where it is built on the host: the profile source."""

    base: ImageReference = Field(description="An image with CUDA's compiler and the vendor's own torch.")
    gib_a_job: Annotated[int, Between(1, 64)] = Field(
        default=8, description="Memory one compiler needs; free memory divided by it is how many run at once."
    )


class Build(Strict):
    """How the images of a host are made."""

    template: Name = Field(description="Folder under templates/ with the engine's build context.")
    profile: Literal["stock", "source", "quantised"] | None = Field(
        default=None, description="Which of a template's folders: TEMPLATE-stock, -source or -quantised."
    )
    base: ImageReference = Field(description="What the images start from; pinned by digest unless waived.")
    proxy_base: ImageReference | None = Field(
        default=None, description="What the proxy's image starts from: a small Debian; without it, base."
    )
    source: Source | None = Field(default=None, description="For the profile source.")
    secrets: dict[Key, BuildSecret] = Field(
        default={}, description="Files that exist during the build only: ca_bundle, package indexes."
    )
    limit_minutes: Annotated[int, Between(1, 600)] = Field(default=120, description="Longest time for one build.")

    @property
    def folder(self) -> str:
        """The folder under templates/ that is the engine's build context."""
        return f"{self.template}-{self.profile}" if self.profile else self.template

    @property
    def start(self) -> str:
        """The image the engine's starts from."""
        return self.source.base if self.profile == "source" and self.source else self.base

    @property
    def proxy_start(self) -> str:
        """The image the proxy's starts from."""
        return self.proxy_base or self.base
