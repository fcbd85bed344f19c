"""Changes the journal, the locks and the cutover in every small way and looks whether a test notices: `make mutants`.

What survives is written to docs/mutants.md, each with the reason that stands in tests/mutants/reasons.json; it exits
with 1 when a survivor has no reason, or fewer than the goal are killed.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK, PAGE = ROOT / "build" / "mutants", ROOT / "docs" / "mutants.md"
CONFIG, REASONS = ROOT / "tests" / "mutants" / "pyproject.toml", ROOT / "tests" / "mutants" / "reasons.json"
PARTS = {"infra/ocrfleet": "ocrfleet", "tests/unit/agent": "tests/unit/agent"}
KILLED = ("killed", "timeout", "segfault")
GOAL = 0.85
HEAD = """# Mutants

`make mutants` changes the modules that keep a swap safe (journal, locks, cutover, restore, undo) in every small way,
one at a time, and runs the tests that touch them. This page is written by it.

**{killed} of {all} killed ({share:.1%}; the goal is {goal:.0%}).** What survives, and why it may:

| Where | Change | Why no test notices |
|---|---|---|
"""


@dataclass(frozen=True)
class Survivor:
    """A change that no test noticed."""

    where: str
    change: str

    @property
    def key(self) -> str:
        """What a reason is kept under: numbers of mutants change with every line, this does not."""
        return f"{self.where}: {self.change}"


def prepare() -> None:
    """Lay out package, tests and configuration the way mutmut wants them."""
    shutil.rmtree(WORK, ignore_errors=True)
    for source, target in PARTS.items():
        shutil.copytree(ROOT / source, WORK / target, ignore=shutil.ignore_patterns("__pycache__", "pytest.ini"))
    shutil.copy(CONFIG, WORK)


def mutmut(*words: str) -> str:
    """Run mutmut in its folder."""
    argv = [sys.executable, "-m", "mutmut", *words]
    return subprocess.run(argv, cwd=WORK, check=True, capture_output=True, text=True).stdout


def survivors() -> list[Survivor]:
    """What no test noticed."""
    rows = [line.strip().partition(": ") for line in mutmut("results").splitlines()]
    return sorted({_shown(name) for name, _, state in rows if state == "survived"}, key=lambda one: one.key)


def _shown(name: str) -> Survivor:
    lines = [line for line in mutmut("show", name).splitlines() if line.startswith(("-", "+"))]
    before, after = (" ".join(line[1:].strip() for line in lines[2:] if line[0] == sign) for sign in "-+")
    module, _, function = name.removeprefix("ocrfleet.agent.").partition(".")
    where = function.partition("__mutmut")[0].replace("xǁ", "").replace("ǁ", ".").removeprefix("x_")
    return Survivor(f"{module}.{where}", f"{before} → {after}")


def counts() -> tuple[int, int]:
    """How many were killed, and how many there are."""
    mutmut("export-cicd-stats")
    found = json.loads((WORK / "mutants" / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    return sum(found[name] for name in KILLED), found["total"] - found.get("skipped", 0)


def page(killed: int, total: int, left: list[Survivor], reasons: dict[str, str]) -> str:
    """The page, one row for each survivor."""
    head = HEAD.format(killed=killed, all=total, share=killed / total, goal=GOAL)
    rows = [f"| `{one.where}` | `{_cell(one.change)}` | {reasons.get(one.key, '**none yet**')} |" for one in left]
    return head + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")


def main() -> int:
    """Run, write the page, and say how it went."""
    prepare()
    run = [sys.executable, "-m", "mutmut", "run", f"--max-children={os.cpu_count() or 2}"]
    subprocess.run(run, cwd=WORK, check=True)
    (killed, total), left = counts(), survivors()
    reasons = json.loads(REASONS.read_text(encoding="utf-8"))
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(killed, total, left, reasons), encoding="utf-8")
    unexplained = [one.key for one in left if one.key not in reasons]
    print(f"{killed} of {total} killed, {len(left)} survive, {len(unexplained)} of them without a reason")
    print("\n".join(unexplained))
    return 1 if unexplained or killed < GOAL * total else 0


if __name__ == "__main__":
    sys.exit(main())
