"""Files of the project by path and content, where Pulumi would have to carry the text.

The engine hands every input of a resource to and fro and writes it into its log each time (3.259: `~/.pulumi/logs`), so
a list of packages with their hashes would cost more than asking the host.
"""

from __future__ import annotations

import hashlib

BETWEEN = " sha256:"


def pinned(source: str, content: bytes) -> str:
    """Name a file by its path from the project's root and its content."""
    return f"{source}{BETWEEN}{sha256(content)}"


def parts(name: str) -> tuple[str, str]:
    """The path and the SHA-256 in such a name."""
    source, _, digest = name.rpartition(BETWEEN)
    return source, digest


def sha256(content: bytes) -> str:
    """As `sha256sum` prints it."""
    return hashlib.sha256(content).hexdigest()
