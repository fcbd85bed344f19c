"""The agent's door: `python3 agent.pyz VERB`, a JSON object on standard input, one JSON line as the answer.

The answer is `{"result": …}` or `{"error": {"code", "failed", "serving", "changed", "next"}}`; the exit code is the
error's code, or 0.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ocrfleet.agent.errors import CommandFailed, HostError, Unknown
from ocrfleet.agent.home import Home
from ocrfleet.agent.machine import Machine
from ocrfleet.agent.site import Site
from ocrfleet.agent.verbs import VERBS

USAGE = f"usage: agent.pyz {{{'|'.join(VERBS)}}} < payload.json"


def main(argv: list[str]) -> int:
    """Run one verb; the exit code says how it ended."""
    if len(argv) != 2 or argv[1] not in VERBS:  # noqa: PLR2004  the program and its verb
        sys.stderr.write(USAGE + "\n")
        return 64
    os.umask(0o077)
    payload = json.loads(sys.stdin.read() or "{}")
    site = Site(Machine(), Home(), _say)
    site.home.make()
    site.journal.prepare()
    try:
        return _answer({"result": VERBS[argv[1]](site, payload)})
    except HostError as error:
        return _answer({"error": error.as_json(serving=site.serving_sentence(), host=payload.get("host", "HOST"))})
    except (CommandFailed, OSError) as error:
        unknown = Unknown(f"{argv[1]}: {error}", changed="not known", fix="ocrfleet doctor HOST")
        return _answer({"error": unknown.as_json(serving="not known", host=payload.get("host", "HOST"))})


def _answer(answer: dict[str, Any]) -> int:
    sys.stdout.write(json.dumps(answer) + "\n")
    return int(answer.get("error", {}).get("code", 0))


def _say(line: str) -> None:
    """Tell the operator; in a job this is the log."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
