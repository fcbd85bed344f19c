"""Stand-ins for Pulumi's plugins, for places where the real ones cannot be had.

Each has the real one's tokens and property names, read out of the Python SDK. `make lab` puts them into the lab's own
PULUMI_HOME; everybody else gets the real ones.
"""
