"""The stand-in for `pulumi-resource-docker`: it runs the real Docker command line where the real plugin would reach.

That command line gives every health check to a shell, so an image with a health check must have one here.
"""
