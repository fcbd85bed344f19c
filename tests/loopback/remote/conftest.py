"""A host that answers SSH in this process."""

from tests.unit.remote.conftest import host

__all__ = ["host"]
