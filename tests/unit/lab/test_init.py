"""The lab host's first process looks after its services, also those that end at once."""

from __future__ import annotations

import subprocess
import sys

from lab.places import ROOT

# A process of its own: this one collects every child there is. Starting a program collects others that have ended.
LOOK = """\
import runpy, subprocess, sys, time
init = runpy.run_path(sys.argv[1], run_name="init")
init["SERVICES"]["sshd"] = ["true"]
services = {"sshd": init["start"]("sshd"), "guard": None}
time.sleep(0.3)
subprocess.run(["true"])
init["collect"](services)
print(services)
"""


def test_a_service_that_ended_at_once_is_known_to_have_ended() -> None:
    argv = [sys.executable, "-c", LOOK, str(ROOT / "lab" / "host" / "init.py")]
    assert subprocess.run(argv, check=True, capture_output=True, text=True).stdout == "{'sshd': None, 'guard': None}\n"
