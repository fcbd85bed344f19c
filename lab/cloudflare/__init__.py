"""Cloudflare on the loopback interface: the part of its API that an edge needs, and an edge that answers for names.

Shapes and codes are those of the published API. Where nobody wrote down which code a refusal has, it is 12130.
"""
