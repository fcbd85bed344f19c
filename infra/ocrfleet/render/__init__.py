"""Computes: a host and its templates become build contexts, run arguments, proxy configuration and gate."""

from ocrfleet.render.context import BuildContext
from ocrfleet.render.export import exported, write
from ocrfleet.render.release import FORMAT, Rendered, render

__all__ = ["FORMAT", "BuildContext", "Rendered", "exported", "render", "write"]
