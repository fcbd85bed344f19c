"""What an image is built from: the build part of a host file."""

from typing import Annotated

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


class Build(Strict):
    """How the images of a host are made."""

    template: Name = Field(description="Folder under templates/ with the engine's build context.")
    base: ImageReference = Field(description="What the images start from; pinned by digest unless waived.")
    secrets: dict[Key, BuildSecret] = Field(
        default={}, description="Files that exist during the build only: ca_bundle, package indexes."
    )
    limit_minutes: Annotated[int, Between(1, 600)] = Field(default=120, description="Longest time for one build.")
