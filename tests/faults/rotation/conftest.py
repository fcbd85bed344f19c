"""The agent's host on a fake world."""

from tests.unit.agent.conftest import host, root, served, serving

__all__ = ["host", "root", "served", "serving"]
