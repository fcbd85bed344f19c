"""How the lab host is reached, in the words of each tool."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from lab.project import LabProject

ADDRESS, USER = "127.0.0.1", "ocr"


@dataclass(frozen=True)
class Door:
    """A host's SSH server and our key to it."""

    port: int
    key: Path
    known_hosts: Path

    @classmethod
    def of(cls, project: LabProject) -> Door:
        return cls(project.port, project.keys / "id_ed25519", project.keys / "known_hosts")

    @property
    def ssh(self) -> list[str]:
        """The command `ssh`, up to the host."""
        options = [f"-oUserKnownHostsFile={self.known_hosts}", "-oStrictHostKeyChecking=yes", "-oIdentitiesOnly=yes"]
        return ["ssh", "-Fnone", "-oBatchMode=yes", *options, f"-i{self.key}", f"-p{self.port}", f"{USER}@{ADDRESS}"]

    def for_pyinfra(self, folder: Path) -> Path:
        """An inventory file."""
        data = {
            "ssh_hostname": ADDRESS,
            "ssh_port": self.port,
            "ssh_user": USER,
            "ssh_key": str(self.key),
            "ssh_known_hosts_file": str(self.known_hosts),
            "ssh_strict_host_key_checking": "yes",
        }
        path = folder / "inventory.py"
        path.write_text(f"hosts = [('lab', {data!r})]\n", encoding="utf-8")
        return path

    def for_ansible(self, folder: Path) -> Path:
        """An inventory file."""
        options = shlex.join(["-Fnone", f"-oUserKnownHostsFile={self.known_hosts}", "-oIdentitiesOnly=yes"])
        data = {
            "ansible_host": ADDRESS,
            "ansible_port": self.port,
            "ansible_user": USER,
            "ansible_ssh_private_key_file": str(self.key),
            "ansible_ssh_common_args": options,
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        path = folder / "inventory.json"
        path.write_text(json.dumps({"all": {"hosts": {"lab": data}}}), encoding="utf-8")
        return path
