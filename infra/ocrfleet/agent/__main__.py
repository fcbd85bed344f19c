"""The agent's door: `python3 agent.pyz VERB`, a JSON object on standard input, one JSON line as the answer.

The answer is `{"result": …}` or `{"error": {"code", "failed", "serving", "changed", "next"}}`; the exit code is the
error's code, or 0.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any

from ocrfleet.agent.errors import CommandFailed, GateFailed, HostError, Unknown
from ocrfleet.agent.home import Home
from ocrfleet.agent.machine import Machine
from ocrfleet.agent.questions import QUESTIONS
from ocrfleet.agent.site import Payload, Site, Verb


def main(argv: list[str]) -> int:
    """Run one verb; the exit code says how it ended."""
    if len(argv) != 2 or find(argv[1]) is None:  # noqa: PLR2004  the program and its verb
        sys.stderr.write(usage() + "\n")
        return 64
    os.umask(0o077)
    home = Home()
    site = Site(Machine(home.reserve), home, _say)
    return _answer(answer(site, argv[1], json.loads(sys.stdin.read() or "{}")))


def usage() -> str:
    """What to type."""
    return f"usage: agent.pyz {{{'|'.join(every())}}} < payload.json"


def find(verb: str) -> Verb | None:
    """What a verb does. Questions need little to be loaded, and every plan waits for the answer to one."""
    return QUESTIONS.get(verb) or every().get(verb)


def every() -> dict[str, Verb]:
    """All that an operator can ask and have done."""
    from ocrfleet.agent.verbs import VERBS

    return {**QUESTIONS, **VERBS}


def answer(site: Site, verb: str, payload: Payload) -> dict[str, Any]:
    """Run one verb on a site; whatever happens, the operator gets an answer."""
    work = find(verb)
    assert work is not None, verb  # noqa: S101  asked for in `main`
    try:
        site.home.make(site.world)
        site.journal.prepare()
        return {"result": work(site, payload)}
    except HostError as error:
        failed = error
    except Exception as error:  # noqa: BLE001  a traceback is no answer
        why = f"{verb}: {error}" if isinstance(error, (CommandFailed, GateFailed, OSError)) else f"{verb}: {error!r}"
        failed = Unknown(why, changed="not known", fix="ocrfleet doctor HOST")
    return {"error": failed.as_json(serving=site.serving_sentence(), host=payload.get("host", "HOST"))}


def _answer(answer: dict[str, Any]) -> int:
    sys.stdout.write(json.dumps(answer) + "\n")
    return int(answer.get("error", {}).get("code", 0))


def _say(line: str) -> None:
    """Tell the operator; in a job this is the log. Work goes on where nobody listens or the disk is full."""
    with suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
