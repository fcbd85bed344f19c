"""Computes commands as argument lists. Nothing here runs anything, and no secret is ever in a list."""
