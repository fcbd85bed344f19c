"""What a checklist found, as values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Check:
    """One check, by the promise it protects."""

    name: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True)
class Report:
    """Every check of one run, in order, and the rules that the host file breaks on purpose, each with why."""

    checks: tuple[Check, ...]
    waivers: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> int:
        return self._count("passed")

    @property
    def failed(self) -> int:
        return self._count("failed")

    @property
    def skipped(self) -> int:
        return self._count("skipped")

    @property
    def good(self) -> bool:
        """Whether every check ran and passed; a skipped check proves nothing."""
        return bool(self.checks) and self.passed == len(self.checks)

    def as_json(self) -> dict[str, Any]:
        """The report as programs read it."""
        counts = {"passed": self.passed, "failed": self.failed, "skipped": self.skipped}
        return {**counts, "waivers": dict(self.waivers), "checks": [asdict(check) for check in self.checks]}

    def _count(self, outcome: Outcome) -> int:
        return sum(check.outcome == outcome for check in self.checks)
