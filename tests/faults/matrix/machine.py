"""What goes wrong on the host itself: a process killed, the machine restarted, its clock moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ocrfleet.remote import Remote
from tests.faults.matrix.scene import Fault, Scene
from tests.faults.onhost.stage import Stage

AGENT, DOCKERD = r"[.]pyz deploy", "/usr/sbin/dockerd"
STEPS = ("+1h", "-1h", "+400d", "-2d")
CLOCK, PRELOAD = "/run/ocrfleet-faults/clock", "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
FAKED = f"""\
#!/bin/sh
exec env LD_PRELOAD={PRELOAD} FAKETIME_TIMESTAMP_FILE={CLOCK} FAKETIME_NO_CACHE=1 \\
    FAKETIME_DONT_FAKE_MONOTONIC=1 /usr/bin/python3 "$@"
"""


def _kill_agent(scene: Scene) -> None:
    scene.lab.signal("KILL", AGENT, check=not scene.moving)


def _kill_docker(scene: Scene) -> None:
    scene.lab.signal("KILL", DOCKERD)
    scene.go_on()


def _restart(scene: Scene) -> None:
    if scene.chance.random() < 0.5:
        scene.lab.run([*scene.lab.docker, "restart", scene.lab.container])
    else:
        scene.lab.run([*scene.lab.docker, "kill", scene.lab.container])
        scene.lab.run([*scene.lab.docker, "start", scene.lab.container])


def _move_clock(scene: Scene) -> None:
    scene.lab.script(f"echo '{scene.chance.choice(STEPS)}' >{CLOCK}")
    scene.go_on()
    scene.outcome()
    scene.lab.script(f"echo '+0' >{CLOCK}")


@contextmanager
def _own_clock(stage: Stage) -> Iterator[Remote]:
    """Give the agent a clock of its own: its Python is found before the machine's, and the guard's is not."""
    script = f"""\
set -eu
[ -e {PRELOAD} ] || (apt-get update -qq && apt-get install -y -qq libfaketime) >/dev/null 2>&1
echo '+0' >{CLOCK}
chmod 666 {CLOCK}
cat >/usr/local/bin/python3 <<'END'
{FAKED}END
chmod 755 /usr/local/bin/python3"""
    stage.lab.script(script)
    try:
        yield stage.lab.remote
    finally:
        stage.lab.inside("rm", "-f", "/usr/local/bin/python3")


FAULTS = (
    Fault("agent-killed", _kill_agent, frozenset({40})),
    Fault("dockerd-killed", _kill_docker, frozenset({0, 20, 30})),
    # Docker may go before the agent does, which then knows only that it could not put things back.
    Fault("restart", _restart, frozenset({20, 30, 40})),
    Fault("clock", _move_clock, frozenset({0}), _own_clock),
)
