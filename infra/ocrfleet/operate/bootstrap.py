"""Prepares a host, once, as root."""

from __future__ import annotations

import time
from pathlib import Path

from ocrfleet.commands.containers import Argv
from ocrfleet.errors import HostRefused
from ocrfleet.remote import Remote
from ocrfleet.remote.agent import Lines
from ocrfleet.spec import HostSpec

SCRIPT = Path(__file__).with_name("bootstrap.sh")
GUARD_SECONDS, PAUSE = 30.0, 0.5


def arguments(host: HostSpec) -> Argv:
    """What the script is told: the deploy user and the two networks."""
    return (host.ssh.user, host.network.engines, host.network.front)


def script(host: HostSpec) -> str:
    """The script as a person can run it on the host: `sh bootstrap.sh`, as root."""
    return f"set -- {' '.join(arguments(host))}\n{SCRIPT.read_text(encoding='utf-8')}"


def prepare(remote: Remote, host: HostSpec, lines: Lines, *, patience: float = GUARD_SECONDS) -> None:
    """Run the script with sudo, send the agent, wait for its guard; running it again changes nothing."""
    lines("preparing as root")
    argv = ("sudo", "-n", "sh", "-s", "--", *arguments(host))
    done = remote.session.run(argv, stdin=SCRIPT.read_bytes())
    if done.code:
        said = done.err.decode(errors="replace").strip() or f"exit code {done.code}"
        raise HostRefused(
            f"could not prepare {host.name} as root: {said}",
            serving="as before",
            fix=f"ocrfleet bootstrap {host.name} --print, then run that as root on the host",
        )
    # The user may have joined the group docker just now; only a new login knows.
    remote.session.close()
    lines("sending the agent")
    remote.tell("current")
    lines("waiting for the guard")
    _wait_for_guard(remote, host, patience)


def _wait_for_guard(remote: Remote, host: HostSpec, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not remote.facts().guard_alive:
        if time.monotonic() > deadline:
            raise HostRefused(
                f"the guard of {host.name} did not start",
                serving="as before",
                fix="on the host: journalctl -u ocrfleet-guard",
            )
        time.sleep(PAUSE)
