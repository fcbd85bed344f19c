"""The golden page of the checklist may be larger than an argument of a command."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import send_page

# Linux takes no argument longer than 128 KiB.
AGENT = """\
import json, sys
payload = json.load(sys.stdin)
if sys.argv[1] == "manifest":
    page = {"request": {"messages": ["x" * 200_000], "of": payload["release"]}}
    payload = {"wanted": {"service": {"gate": {"page": page}}}}
print(json.dumps({"result": payload}))
"""


class FakeHost:
    """Runs commands here, put together as testinfra does."""

    def run(self, command: str, *args: str) -> Any:
        line = command % tuple(shlex.quote(arg) for arg in args)
        return subprocess.run(["sh", "-c", line], check=True, capture_output=True, text=True)


def test_a_page_of_any_size_reaches_the_service(tmp_path: Path) -> None:
    (tmp_path / "agent").write_text(AGENT, encoding="utf-8")
    host: Any = FakeHost()
    asked = send_page(host, {"host": "lab", "release": 3}, f"{tmp_path}/agent", method="POST", path="/x", seconds=5)
    body = {"messages": ["x" * 200_000], "of": 3}
    assert asked == {"host": "lab", "method": "POST", "path": "/x", "seconds": 5, "body": body}
