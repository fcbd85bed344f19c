"""Who can read an age file: public keys of all, and the operator's private one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrfleet.errors import Refused

OWN = "AGE-SECRET-KEY-"


@dataclass(frozen=True)
class Keys:
    """Encrypts to all recipients, and decrypts with one identity."""

    host: str
    recipients: tuple[str, ...]
    identity_file: Path

    def sealed(self, text: str) -> bytes:
        """Encrypt; raise Refused when the operator could not read it any more."""
        import pyrage

        try:
            sealed: bytes = pyrage.encrypt(text.encode(), [_recipient(one) for one in self.recipients], armored=True)
        except (pyrage.RecipientError, pyrage.EncryptError):
            fix = "each is age1… as age-keygen prints it, or an SSH key of type ed25519 or rsa"
            raise self._refused("a key under secrets.age.recipients is none", fix) from None
        self.opened(sealed)
        return sealed

    def opened(self, sealed: bytes) -> str:
        """Decrypt; raise Refused when the file is not for this identity."""
        import pyrage

        identity = self._identity()
        try:
            return str(pyrage.decrypt(sealed, [identity]), "utf-8")
        except pyrage.DecryptError:
            fix = "let a recipient add the public key of that file to secrets.age.recipients and set a secret again"
            raise self._refused(f"{self.identity_file} is no key to secrets/{self.host}.age", fix) from None

    def _identity(self) -> Any:
        import pyrage

        try:
            text = self.identity_file.read_text(encoding="utf-8")
            own = next((line.strip() for line in text.splitlines() if line.startswith(OWN)), None)
            return pyrage.x25519.Identity.from_str(own) if own else pyrage.ssh.Identity.from_buffer(text.encode())
        except (OSError, ValueError, pyrage.IdentityError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is neither an age key nor an open SSH key"
            fix = "name your own private key under secrets.age.identity_file; ssh-keygen -t ed25519 makes one"
            raise self._refused(f"{self.identity_file} cannot be used: {why}", fix) from None

    def _refused(self, why: str, fix: str) -> Refused:
        return Refused(f"the store age of {self.host}: {why}", fix=fix)


def _recipient(text: str) -> Any:
    import pyrage

    return (pyrage.ssh if text.startswith("ssh-") else pyrage.x25519).Recipient.from_str(text)
