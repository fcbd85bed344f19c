"""The resources of our provider, as Pulumi programs declare them."""

from typing import Any

import pulumi


class Image(pulumi.CustomResource):
    """An image on its host. Outputs: `reference` and `image`, the image's id."""

    image: pulumi.Output[str]
    reference: pulumi.Output[str]

    def __init__(self, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("ocrfleet:index:Image", name, {**inputs, "image": None, "reference": None}, opts)


class HostSecret(pulumi.CustomResource):
    """A secret of what runs beside the service, as a file on its host."""

    version: pulumi.Output[str]

    def __init__(self, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("ocrfleet:index:HostSecret", name, inputs, opts)


class Model(pulumi.CustomResource):
    """A model on its host, whole."""

    def __init__(self, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("ocrfleet:index:Model", name, inputs, opts)


class Service(pulumi.CustomResource):
    """The service on its host. Outputs: what serves now."""

    release: pulumi.Output[int]
    container: pulumi.Output[str]
    strategy: pulumi.Output[str]

    def __init__(self, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        outputs = ("release", "container", "since", "strategy", "outage_seconds", "drift")
        super().__init__("ocrfleet:index:Service", name, {**inputs, **dict.fromkeys(outputs)}, opts)
