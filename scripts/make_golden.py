"""Writes what a deploy of every host uses, with every profile, and every message: `python -m scripts.make_golden`.

Read the difference before it is committed: it is what every host with such a file and such templates will get. A file
that is copied from `templates/` as it stands is written down by its hash: its text is already in the repository once.
"""

import hashlib
import shutil
from pathlib import Path

from ocrfleet.project import Project
from ocrfleet.render import exported, render
from ocrfleet.spec import HostSpec, host_names, parse_host
from tests.golden.messages import FOLDER, messages

ROOT = Path(__file__).resolve().parents[1]
HOSTS = host_names(Project(ROOT))
# The profiles a host can be switched to by one key, beside the one in its file.
PROFILES = {"spark": ("source",), "calypso": ("quantised",)}
CASES = [*HOSTS, *(f"{host}-{profile}" for host, others in PROFILES.items() for profile in others)]
GOLDEN = ROOT / "tests" / "golden"
COPIED = "copied.sha256"


def case(name: str) -> HostSpec:
    """A host as its file says, or with its profile switched."""
    host, _, profile = name.partition("-")
    file = f"hosts/{host}.yaml"
    text = (ROOT / file).read_text(encoding="utf-8")
    return parse_host(text.replace("profile: stock", f"profile: {profile}") if profile else text, file=file, name=host)


def golden(name: str) -> dict[str, str]:
    """Give the text of every file of a golden set by its path there."""
    project = Project(ROOT)
    files = dict(exported(render(project, case(name))))
    templates = {path.read_bytes() for path in (ROOT / "templates").rglob("*") if path.is_file()}
    copied = sorted(path for path, text in files.items() if text.encode() in templates)
    sums = "".join(f"{hashlib.sha256(files.pop(path).encode()).hexdigest()}  {path}\n" for path in copied)
    return {**files, COPIED: sums}


def main() -> None:
    """Write one folder a case, and one of messages."""
    for name in CASES:
        shutil.rmtree(GOLDEN / name, ignore_errors=True)
        for path, text in golden(name).items():
            (GOLDEN / name / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name / path).write_text(text, encoding="utf-8")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for path, text in messages().items():
        (FOLDER / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
