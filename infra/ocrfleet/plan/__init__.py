"""Computes: what a host is (facts) against what is wanted gives a plan. Nothing here talks to anybody.

Nothing is imported here: the provider loads `facts` first, and the rest while it waits for the host's answer.
"""
