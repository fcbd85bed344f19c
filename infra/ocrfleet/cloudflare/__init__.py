"""Asks Cloudflare's API. It changes nothing but the secrets of service tokens and tunnels: the rest is Pulumi's."""

from ocrfleet.cloudflare.client import Client, connect
from ocrfleet.cloudflare.look import look, look_at_all

__all__ = ["Client", "connect", "look", "look_at_all"]
