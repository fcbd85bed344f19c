"""Prepares a host, once, as root."""

from __future__ import annotations

import time
from pathlib import Path

from ocrfleet.commands.containers import HOME, Argv
from ocrfleet.errors import HostRefused
from ocrfleet.remote import Remote, Result
from ocrfleet.remote.agent import NO_PROGRAM, Lines
from ocrfleet.spec import HostSpec

SCRIPT = Path(__file__).with_name("bootstrap.sh")
GUARD_SECONDS, PAUSE = 30.0, 0.5


def arguments(host: HostSpec) -> Argv:
    """What the script is told: the deploy user and the two networks."""
    return (host.ssh.user, host.network.engines, host.network.front)


def script(host: HostSpec) -> str:
    """The script as a person can run it on the host: `sh bootstrap.sh`, as root."""
    return f"set -- {' '.join(arguments(host))}\n{SCRIPT.read_text(encoding='utf-8')}"


def marks(host: HostSpec) -> tuple[Argv, ...]:
    """Commands that all succeed, without root, where the script ran to its end with the same arguments."""
    user, *networks = arguments(host)
    return (
        ("sh", "-c", 'test "$(id -un)" = "$1" && id -nG | tr " " "\\n" | grep -qx docker', "sh", user),
        ("test", "-w", HOME),
        *(("grep", "-qF", "--", f" -d {network} -j DROP", "/etc/ocrfleet/shield") for network in networks),
        ("sh", "-c", "test -e /etc/systemd/system/ocrfleet-guard.service || test -e /etc/ocrfleet/guard"),
    )


def prepare(remote: Remote, host: HostSpec, lines: Lines, *, patience: float = GUARD_SECONDS) -> None:
    """Run the script with sudo, send the agent, wait for its guard; running it again changes nothing.

    Where sudo asks for a password, go on if somebody ran the script there by hand.
    """
    lines("preparing as root")
    argv = ("sudo", "-n", "sh", "-s", "--", *arguments(host))
    done = remote.session.run(argv, stdin=SCRIPT.read_bytes())
    if done.code and not (_is_sudos(done) and _was_run_by_hand(remote, host)):
        said = done.err.decode(errors="replace").strip() or f"exit code {done.code}"
        raise HostRefused(
            f"could not prepare {host.name} as root: {said}",
            serving="as before",
            fix=f"ocrfleet bootstrap {host.name} --print, run that as root on the host, then this again",
        )
    if done.code:
        lines("that was done by hand")
    # The user may have joined the group docker just now; only a new login knows.
    remote.session.close()
    lines("sending the agent")
    remote.tell("current")
    lines("waiting for the guard")
    _wait_for_guard(remote, host, patience)


def _is_sudos(done: Result) -> bool:
    """Whether it was sudo that failed, or is missing, and not the script."""
    return done.code == NO_PROGRAM or done.err.startswith((b"sudo:", b"Sorry, "))


def _was_run_by_hand(remote: Remote, host: HostSpec) -> bool:
    # The user may have joined the group docker just now; only a new login knows.
    remote.session.close()
    return all(remote.session.run(mark).code == 0 for mark in marks(host))


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
