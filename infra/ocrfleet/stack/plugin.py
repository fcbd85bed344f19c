"""Our provider, as a Pulumi program declares it."""

import pulumi


class Plugin(pulumi.ProviderResource):
    """The provider of Image and Service. It takes no settings: where a host is comes with each resource."""

    def __init__(self) -> None:
        super().__init__("ocrfleet", "ocrfleet")
