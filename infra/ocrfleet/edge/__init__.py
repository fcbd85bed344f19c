"""Computes: what the public edge of a host should be, and how what an account has compares with it.

Nothing here asks Cloudflare: answers of its API come in as plain values.
"""

from ocrfleet.edge.wanted import Door, WantedEdge, wanted_edge

__all__ = ["Door", "WantedEdge", "wanted_edge"]
