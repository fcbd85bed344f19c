"""Acts through Pulumi: declares what a host is made of."""

from ocrfleet.stack.component import OcrHost
from ocrfleet.stack.settings import Settings

__all__ = ["OcrHost", "Settings"]
