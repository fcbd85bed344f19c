"""Everything that can go wrong on the operator's side, as one tree.

::

    OcrfleetError          exit code   what it means
    ├── Refused                   10   nothing was changed
    │   ├── BadHostFile                a host file is wrong: every problem with file, line and key
    │   ├── BadTemplate                a template cannot be rendered, or renders something unsafe
    │   ├── UnknownHost                there is no such host file
    │   ├── HostKeyRefused             the host showed a key that its host file does not pin
    │   ├── LoginRefused               the host did not accept our key, or we cannot use it
    │   ├── HostRefused                the host itself said no, before any change
    │   ├── Forbidden                  the token of Cloudflare's API lacks a right
    │   └── PageRefused                the engine cannot read this page
    ├── Restored                  20   it failed; what served before serves again (or nothing did)
    ├── NotRestored               30   it failed and could not be undone
    ├── Unknown                   40   what is true on the host is not known
    │   └── Unreachable                the host did not answer
    └── Busy                      50   somebody else is at work on the host

Each message has four parts: what failed, what is serving now, what was changed, what to type next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

NOTHING_SENT = "not asked; nothing was sent to the host"


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one file: where it is, which key, what was expected there."""

    file: str
    line: int
    key: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.expected}"


class OcrfleetError(Exception):
    """What failed, what is serving now, what was changed, and what to type next."""

    code = 1

    def __init__(self, failed: str, *, serving: str, changed: str, fix: str) -> None:
        self.failed, self.serving, self.changed, self.fix = failed, serving, changed, fix
        super().__init__(failed)

    @property
    def parts(self) -> dict[str, str]:
        """The four by the names they are shown under."""
        return {"failed": self.failed, "serving": self.serving, "changed": self.changed, "next": self.fix}

    def __str__(self) -> str:
        return "\n".join(f"{name + ':':<9}{_hang(text)}" for name, text in self.parts.items())


def for_pulumi(error: OcrfleetError) -> str:
    """How an error travels through Pulumi, whose own exit codes say less."""
    return f"\n{error}\n(ocrfleet exit code {error.code})"


class Refused(OcrfleetError):
    """Said no before anything was changed."""

    code = 10

    def __init__(self, failed: str, *, fix: str, serving: str = NOTHING_SENT) -> None:
        super().__init__(failed, serving=serving, changed="nothing", fix=fix)


class BadHostFile(Refused):
    """A host file that cannot be used; lists every problem at once."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}"
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"{name} has {count}:\n{lines}", fix="correct the lines above and run the same command again")


class BadTemplate(Refused):
    """A template that cannot be rendered, or that renders something we refuse to build."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(
            f"the templates do not render:\n{lines}", fix="correct the template and run the same command again"
        )


class UnknownHost(Refused):
    """There is no host file of this name."""

    def __init__(self, name: str, *, known: Sequence[str]) -> None:
        hosts = ", ".join(sorted(known)) or "none yet"
        super().__init__(
            f"there is no host file hosts/{name}.yaml (hosts here: {hosts})",
            fix=f"name one of these hosts, or make the file with: ocrfleet init {name}",
        )


class HostKeyRefused(Refused):
    """The host showed a key other than the pinned one; nobody logged in."""

    def __init__(self, host: str, *, shown: str, pinned: Sequence[str], jump: bool = False) -> None:
        who = f"the jump host of {host}" if jump else host
        trusted = f"put its line into ssh.jump.known_hosts of hosts/{host}.yaml" if jump else _trust(host, shown)
        super().__init__(
            f"{who} shows the host key {shown}, but the host file pins {' or '.join(pinned) or 'none'}",
            fix=f"ask the machine itself which key it has; if it is this one: {trusted}",
        )


class LoginRefused(Refused):
    """We reached the host but could not log in."""

    def __init__(self, host: str, *, reason: str, fix: str) -> None:
        super().__init__(f"cannot log in to {host}: {reason}", fix=fix)


class HostRefused(Refused):
    """The host said no before it changed anything."""


class Forbidden(Refused):
    """The token of Cloudflare's API lacks a right for a call."""

    def __init__(self, call: str, *, right: str) -> None:
        super().__init__(
            f"the token of Cloudflare's API lacks {right} for {call}",
            fix="add it to the token; all that are missing: ocrfleet edge check HOST",
        )


class PageRefused(Refused):
    """The engine said no to a page: the file is not what it can read."""

    def __init__(self, host: str, page: int, *, said: str) -> None:
        super().__init__(
            f"{host} did not read page {page}: {said}", fix="send a PDF, PNG, JPEG or TIFF that opens elsewhere"
        )


class Restored(OcrfleetError):
    """A change failed; what served before serves again, or nothing was serving."""

    code = 20


class NotRestored(OcrfleetError):
    """A change failed and what served before could not be brought back."""

    code = 30


class Unknown(OcrfleetError):
    """Something went wrong in a way that leaves open what is true on the host."""

    code = 40


class Unreachable(Unknown):
    """The host did not answer, so what is true there is not known."""

    def __init__(self, host: str, *, reason: str, changed: str = "nothing") -> None:
        super().__init__(
            f"no answer from {host}: {reason}",
            serving="not known",
            changed=changed,
            fix=f"check that the machine is up and reachable, then run the same command again (ocrfleet doctor {host})",
        )


class Busy(OcrfleetError):
    """Another operator, or another job of ours, holds the host's lock."""

    code = 50


def _trust(host: str, fingerprint: str) -> str:
    return f"ocrfleet trust {host} --fingerprint {fingerprint}"


def _hang(text: str) -> str:
    """Indent the lines after the first, so that the four names stay in one column."""
    return text.replace("\n", "\n" + " " * 9)
