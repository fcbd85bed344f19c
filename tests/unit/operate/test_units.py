"""What `bootstrap` tells systemd: the guard runs from the boot on and for ever, whatever ends it.

The script runs here as it is, below a folder instead of the root, with programs beside it that only take notes.
"""

from __future__ import annotations

import os
import re
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from ocrfleet.operate.bootstrap import SCRIPT

GUARD, SHIELD = "ocrfleet-guard.service", "ocrfleet-shield.service"
STARTED = f"enable --now --quiet {SHIELD} {GUARD}"
PROGRAMS = {
    "id": "echo docker",
    "install": 'for last; do :; done; mkdir -p "$last"',
    "iptables": "",
    # The units that are there when it is called: what is written afterwards it would not have read.
    "systemctl": 'echo "$* of" $(ls {root}/etc/systemd/system) >>{root}/told',
}


class Machine:
    """A machine with systemd, as far as the script can see."""

    def __init__(self, root: Path) -> None:
        self.root, self._programs = root, root / "bin"
        for folder in (self._programs, root / "run/systemd/system", self._units):
            folder.mkdir(parents=True)
        for name, text in PROGRAMS.items():
            program = self._programs / name
            program.write_text(f"#!/bin/sh\n{text.replace('{root}', str(root))}\n", encoding="utf-8")
            program.chmod(0o755)

    @property
    def _units(self) -> Path:
        return self.root / "etc/systemd/system"

    def bootstrap(self, user: str = "ocr") -> list[str]:
        """Run the script; return what systemd was told meanwhile."""
        text = re.sub("/(etc|run|var/lib)/", lambda place: f"{self.root}{place[0]}", SCRIPT.read_text(encoding="utf-8"))
        told = self.root / "told"
        told.write_text("", encoding="utf-8")
        path = f"{self._programs}:{os.environ['PATH']}"
        argv = ["sh", "-s", "--", user, "172.30.240.0/24", "172.30.241.0/28"]
        subprocess.run(argv, input=text, text=True, check=True, env={"PATH": path})
        return told.read_text(encoding="utf-8").splitlines()

    def unit(self, name: str) -> dict[str, str]:
        """A unit as systemd would read it, each setting with its section."""
        parser = ConfigParser(delimiters=("=",), interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string((self._units / name).read_text(encoding="utf-8").replace(str(self.root), ""))
        return {f"{section}.{key}": value for section in parser.sections() for key, value in parser[section].items()}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def test_the_guard_is_started_at_each_boot_and_again_whatever_ends_it(machine: Machine) -> None:
    machine.bootstrap()
    unit = machine.unit(GUARD)
    assert unit.pop("Unit.Description")
    assert unit == {
        # Not `Requires`: it must not end with Docker, for it starts what Docker lost.
        "Unit.After": "docker.service",
        # Else systemd gives up a service that ended five times in ten seconds, until somebody resets it.
        "Unit.StartLimitIntervalSec": "0",
        "Service.User": "ocr",
        # `current` is the agent that made the last change; what lies beside it must not be imported.
        "Service.ExecStart": "/usr/bin/python3 -I /var/lib/ocrfleet/agent/current guard",
        # Also where it ended well: nobody but systemd starts it.
        "Service.Restart": "always",
        "Service.RestartSec": "2",
        # Without it, to enable it means nothing, and nobody starts it at the next boot.
        "Install.WantedBy": "multi-user.target",
    }


def test_the_shield_is_up_before_docker_opens_a_port(machine: Machine) -> None:
    machine.bootstrap()
    unit = machine.unit(SHIELD)
    assert unit.pop("Unit.Description")
    assert unit == {
        "Unit.Before": "docker.service",
        # Docker waits until the rules are there, and they stay though no process does.
        "Service.Type": "oneshot",
        "Service.RemainAfterExit": "yes",
        "Service.ExecStart": "/bin/sh /etc/ocrfleet/shield",
        "Install.WantedBy": "multi-user.target",
    }


def test_systemd_reads_both_units_and_starts_them_now_and_at_each_boot(machine: Machine) -> None:
    there = f"of {GUARD} {SHIELD}"
    assert machine.bootstrap() == [f"daemon-reload {there}", f"{STARTED} {there}"]


def test_what_did_not_change_is_not_read_again_but_started_where_it_does_not_run(machine: Machine) -> None:
    """A reload can take the GPU away from containers that run."""
    machine.bootstrap()
    assert [line.partition(" of ")[0] for line in machine.bootstrap()] == [STARTED]


def test_a_unit_that_changed_is_read_again(machine: Machine) -> None:
    machine.bootstrap()
    assert [line.partition(" of ")[0] for line in machine.bootstrap("another")] == ["daemon-reload", STARTED]
    assert machine.unit(GUARD)["Service.User"] == "another"
