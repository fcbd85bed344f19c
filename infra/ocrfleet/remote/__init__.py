"""Acts on a host from here: pinned keys, one connection, the agent shipped and called. The only module on Fabric."""

from ocrfleet.remote.host import Remote, connect
from ocrfleet.remote.session import Result, Session
from ocrfleet.remote.target import Target

__all__ = ["Remote", "Result", "Session", "Target", "connect"]
