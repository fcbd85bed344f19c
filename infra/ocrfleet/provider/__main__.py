"""The provider's door: what it needs is loaded without a look for garbage in between, which finds none."""

import gc

gc.disable()

from ocrfleet.provider.spared import of_grpc, spared  # noqa: E402  the order is the point

with spared(*of_grpc()):
    from ocrfleet.provider.process import main

if __name__ == "__main__":
    main()
