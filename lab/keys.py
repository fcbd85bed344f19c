"""The lab host's own key and the operator's key to it, made at first use."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@dataclass(frozen=True)
class Keys:
    """Files in one folder: host_key, id_ed25519, their public halves, and known_hosts."""

    folder: Path

    @property
    def identity(self) -> Path:
        return self.folder / "id_ed25519"

    @property
    def name(self) -> str:
        """A short name of the host's key; none where there is no key yet."""
        public = self.folder / "host_key.pub"
        return hashlib.sha256(public.read_bytes()).hexdigest()[:16] if public.exists() else "none"

    def ensure(self, port: int) -> None:
        """Make the keys that are missing, and known_hosts from the host's."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("host_key", "id_ed25519"):
            if not (self.folder / f"{name}.pub").exists():
                _make(self.folder / name)
        public = (self.folder / "host_key.pub").read_text(encoding="utf-8").strip()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n", encoding="utf-8")

    def archive(self) -> bytes:
        """What belongs into the host's /etc/ssh, owned by root."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, source, mode in (
                ("lab_host_key", "host_key", 0o600),
                ("lab_authorized_keys", "id_ed25519.pub", 0o644),
            ):
                content = (self.folder / source).read_bytes()
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), mode
                tar.addfile(member, io.BytesIO(content))
        return out.getvalue()


def _make(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    path.with_name(f"{path.name}.pub").write_bytes(public + b"\n")
