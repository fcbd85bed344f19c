"""Reads documents with a deployed service, one request a page."""

from ocrfleet.reading.document import pages_in, pictures
from ocrfleet.reading.reader import Asking, PageText, Patience, read_pages

__all__ = ["Asking", "PageText", "Patience", "pages_in", "pictures", "read_pages"]
