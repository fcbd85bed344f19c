"""Looks for secrets wherever a deploy leaves something."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.project import LabProject
from tests.faults.canary.canaries import Canary, hits, needles

SAMPLER = Path(__file__).with_name("sampler.py")
# The places on the host where a secret belongs; and what is only a view of something else.
ALLOWED = ("/var/lib/ocrfleet/secrets/", "/var/lib/ocrfleet/proxy/keys/")
NOT_FILES = ("proc", "sys", "dev")
HOST, OPERATOR = "processes on the host", "processes of the operator"


class Scanner:
    """Collects what was seen where; `found` names the places at which a secret is, and which."""

    def __init__(self, lab: LabProject, canaries: tuple[Canary, ...]) -> None:
        self._lab, self._canaries = lab, canaries
        self.found: dict[str, set[str]] = {}
        self.looks = 0

    def text(self, place: str, text: str) -> None:
        """Look at something that was said or written."""
        self._note(place, hits(self._canaries, text))

    def host(self) -> None:
        """Look at everything that is on the host now: files, containers, images."""
        self.text("docker inspect", self._lab.script("docker ps -aq | xargs -r docker inspect").out)
        self.text("docker history", self._lab.script("docker images -q | xargs -rn1 docker history --no-trunc").out)
        words = " ".join(f"-e {needle}" for needle in needles(self._canaries))
        images = "docker images -q --no-trunc | sort -u | xargs docker save"
        self.text("image layers", self._lab.script(f"{images} | grep -aoF {words} | sort -u").out)
        skipped = " ".join(f"--exclude-dir={name}" for name in NOT_FILES)
        files = self._lab.script(f"grep -rlaF {words} {skipped} / 2>/dev/null || true").out.splitlines()
        for path in files:
            if path.startswith("/") and not path.startswith(ALLOWED):
                self._note(f"host file {path}", {"some secret"})

    def operator(self) -> None:
        """Look at every file of the project, its state among them."""
        for path in self._lab.root.rglob("*"):
            if path.is_file():
                self.text(
                    f"project file {path.relative_to(self._lab.root)}", path.read_bytes().decode(errors="replace")
                )

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Look at the processes of both machines for the block."""
        lines = "\n".join(needles(self._canaries))
        where = "/dev/shm/needles"
        self._lab.script(f"umask 077; cat >{where} <<'END'\n{lines}\nEND")
        with tempfile.TemporaryDirectory() as folder:
            known, stop = Path(folder) / "needles", Path(folder) / "stop"
            known.write_text(lines, encoding="utf-8")
            inside = [*self._lab.docker, "exec", self._lab.container, "python3", "-c", SAMPLER.read_text("utf-8")]
            here = _begin([sys.executable, str(SAMPLER), str(known), str(stop)])
            there = _begin([*inside, where, f"{where}.stop", "cmdline", "environ"])
            try:
                yield
            finally:
                stop.touch()
                self._lab.inside("touch", f"{where}.stop")
                self._sampled(OPERATOR, here)
                self._sampled(HOST, there)
                self._lab.script(f"rm -f {where} {where}.stop")

    def _sampled(self, place: str, sampler: subprocess.Popen[str]) -> None:
        said = json.loads(sampler.communicate()[0])
        self.looks += said["looks"]
        assert said["looks"], f"nobody looked at the {place}"
        self._note(place, {needles(self._canaries)[needle] for needle in said["found"]})

    def _note(self, place: str, what: set[str]) -> None:
        if what:
            self.found.setdefault(place, set()).update(what)


def _begin(argv: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
