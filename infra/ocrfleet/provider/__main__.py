"""The provider's door: what it needs is loaded without a look for garbage in between, which finds none."""

import gc

gc.disable()

from ocrfleet.provider.process import main  # noqa: E402  the order is the point

if __name__ == "__main__":
    main()
