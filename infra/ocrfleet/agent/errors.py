"""What can go wrong on the host. The operator's side turns each into an error of its own tree, by its exit code.

::

    HostError          exit code
    ├── Refused               10   nothing was changed
    │   └── Damaged           10   a file of ours is not what we wrote
    ├── Restored              20   it failed; what served before serves again, or nothing was serving
    ├── NotRestored           30   it failed and what served before is not back
    ├── Unknown               40   something unforeseen ended a verb or a job
    └── Busy                  50   another job or operator holds the lock
    GateFailed, CommandFailed      reasons; they become one of the above before they leave the host
    └── NotUp                      the engine ended, or never got healthy: its log says why
"""

from __future__ import annotations

from typing import Any


class HostError(Exception):
    """What failed, what is serving now, what was changed, what to type next; `serving` is filled in at the door."""

    code = 1
    # The release that was to take over, where it is about one.
    release: int | None = None

    def __init__(self, failed: str, *, changed: str = "nothing", fix: str, serving: str | None = None) -> None:
        super().__init__(failed)
        self.failed, self.changed, self.fix, self.serving = failed, changed, fix, serving

    def as_json(self, *, serving: str, host: str) -> dict[str, Any]:
        """Write the error as the agent's answer; HOST in a command to type next becomes the host's name."""
        return {
            "code": self.code,
            "failed": self.failed,
            "serving": self.serving or serving,
            "changed": self.changed,
            "next": self.fix.replace("HOST", host),
        }


class Refused(HostError):
    """Said no before anything was changed."""

    code = 10


class Damaged(Refused):
    """A file we wrote is not what we wrote."""


class Restored(HostError):
    """A change failed; what served before serves again, or nothing was serving."""

    code = 20


class NotRestored(HostError):
    """A change failed and what served before is not back."""

    code = 30


class Busy(HostError):
    """Another job or another operator holds the lock."""

    code = 50


class Unknown(HostError):
    """Something unforeseen; the message says what."""

    code = 40


class GateFailed(Exception):
    """A release did not show what it must; the message names the check and its last value.

    `measured` holds what the gate found until then.
    """

    def __init__(self, why: str, **measured: float) -> None:
        super().__init__(why)
        self.measured = measured


class NotUp(GateFailed):
    """An engine could not be started, ended, or never got healthy."""


class CommandFailed(Exception):
    """A command on the host exited with an error; the message ends with its last lines."""

    def __init__(self, argv: list[str], code: int, stderr: str) -> None:
        last = "\n".join(stderr.strip().splitlines()[-10:])
        super().__init__(f"{' '.join(argv[:3])} exited with {code}: {last}")
        self.code, self.stderr = code, stderr
