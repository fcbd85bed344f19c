"""The stand-in for `pulumi-resource-cloudflare`: it asks the same API as the real one."""
