"""Names the value of a secret without giving it away."""

import hashlib


def version_of(text: str, salt: str) -> str:
    """Name a secret's value: same value and salt, same name."""
    return hashlib.scrypt(text.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=8).hex()


def salt_of(project: str, stack: str, name: str) -> str:
    """What the versions of one secret of one stack are made with."""
    return f"{project}/{stack}/{name}"
