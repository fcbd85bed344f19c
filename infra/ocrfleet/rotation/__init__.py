"""Renews what callers show: in two steps with an overlap, so that there is no moment at which nothing is good.

Where a rotation is, is read from what is there: the store, the host, Cloudflare. So one that was killed goes on when
the same command is run again, on any machine.
"""
