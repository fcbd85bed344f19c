"""Asks Cloudflare's API, and only reads: what is changed there, Pulumi changes."""

from ocrfleet.cloudflare.client import Client, connect
from ocrfleet.cloudflare.look import look, look_at_all

__all__ = ["Client", "connect", "look", "look_at_all"]
