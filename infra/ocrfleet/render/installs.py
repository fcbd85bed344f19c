"""Refuses what Dockerfiles and scripts install wrongly: each of these has been written down as a way to do it."""

import re
from collections.abc import Iterator

from ocrfleet.errors import Problem

CONTINUED = re.compile(r"\\[ \t]*\n")
PIP = r"pip3?[\"', ]+install\b[^\n]*?"
WRONG = {
    r"pip3?[\"', ]+install\b[^\n\"']*\s[A-Za-z0-9_.\[\]-]+[<>]=?[0-9]": (
        "expected quotes around a version with > or <: a shell writes a file of that name instead"
    ),
    PIP + r"--index-strategy": "expected no --index-strategy: pip has no such option, and ends",
    PIP + r"[\s\"']torch([=<>~!\s\"']|$)": (
        "expected no torch of one's own: vLLM is compiled against one version, and the image has it"
    ),
    PIP + r"flash[-_]attn": "expected no flash-attn: vLLM brings its own, and this one takes an hour to compile",
    r"from_pretrained|snapshot_download|(hf|huggingface-cli)[\"', ]+download": (
        "expected no weights in an image: those that are served are mounted, and hide these"
    ),
}
RULES = {re.compile(pattern): what for pattern, what in WRONG.items()}
CHECKED = ("Dockerfile", ".sh")


def lint_installs(text: str, *, file: str) -> Iterator[Problem]:
    """Name every such line of a Dockerfile or a script; lines are those of the rendered text."""
    joined = CONTINUED.sub(lambda found: " " * len(found[0]), text)
    for rule, what in RULES.items():
        for found in rule.finditer(_without_comments(joined)):
            line = text.count("\n", 0, found.start()) + 1
            yield Problem(file, line, "(line of the rendered text)", what)


def _without_comments(text: str) -> str:
    return re.sub(r"(?m)^\s*#.*$", lambda found: " " * len(found[0]), text)
