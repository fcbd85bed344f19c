"""A stand-in for `pulumi-resource-cloudflare`, for places where the real one cannot be had.

It has the real one's tokens and property names, read out of the Python SDK, and asks the same API. `make lab` puts it
into the lab's own PULUMI_HOME; everybody else gets the real one.
"""
