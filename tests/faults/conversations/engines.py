"""The two engines a talk is held with: the one in this process, and a real one on a host."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocrfleet.agent.world import Done
from tests.faults.conversations.answers import hold
from tests.faults.conversations.talks import Talk
from tests.unit.agent.dockerd import Dockerd

PREPARE = """
docker tag {base} talk/one:1
mkdir -p /tmp/talk && date +%N > /tmp/talk/unused && tar -C /tmp/talk -c . | docker import - talk/two:1 >/dev/null
"""
CLEAN = """
docker ps --all --quiet --filter=label=ocrfleet.host=talk | xargs --no-run-if-empty docker rm --force
docker network rm talk-engines talk-front
docker image rm --force talk/one:1 talk/two:1
true
"""
ID = "docker image inspect --format={{{{.Id}}}} talk/{name}:1"


def with_fake(talk: Talk, folder: Path) -> list[list[Any]]:
    """Hold a talk with the engine in this process."""
    (folder / "Caddyfile").touch()
    images = {"one": f"sha256:{'1' * 64}", "two": f"sha256:{'2' * 64}"}
    fake = Dockerd(folder, images={f"talk/{name}:1": image for name, image in images.items()})
    fake.sizes = dict.fromkeys(images.values(), 10**9)

    def pause(name: str) -> None:
        box = fake.named(name)
        assert box is not None
        box.paused = True

    return hold(talk, images, lambda argv: fake.answer(argv, 0.0), pause)


def with_real(talk: Talk, inside: Callable[[str], list[str]], base: str) -> list[list[Any]]:
    """Hold a talk with the engine of a host; `inside` gives the command that runs a shell line there."""

    def script(text: str) -> str:
        done = subprocess.run(inside(text), check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout.strip()

    def say(argv: list[str]) -> Done:
        quoted = " ".join(f"'{word}'" for word in argv)
        done = subprocess.run(inside(quoted), check=False, capture_output=True, text=True)
        return Done(done.returncode, done.stdout, done.stderr)

    script(PREPARE.format(base=base))
    try:
        images = {name: script(ID.format(name=name)) for name in ("one", "two")}
        return hold(talk, images, say, lambda name: _nothing(script(f"docker pause {name}")))
    finally:
        script(CLEAN)


def _nothing(_: str) -> None:
    """What a pause prints is of no interest."""
