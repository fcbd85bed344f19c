"""Acts through Pulumi: declares what a host is made of.

Nothing is imported here: the program declares the provider (`plugin`) first, and the rest while its process starts.
"""
