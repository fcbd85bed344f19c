"""The lab's door: `python -m lab up|down|env|tools`; `make` calls it."""

from __future__ import annotations

import sys

from lab.down import down
from lab.engine import find_engine
from lab.environment import environment, exports, prepare
from lab.places import Places
from lab.shell import LabError
from lab.steps import Steps
from lab.up import tools, up
from ocrfleet.errors import OcrfleetError


def main(words: list[str]) -> int:
    """Run one command."""
    places, steps = Places(), Steps()
    commands = {"up": up, "down": down, "tools": tools}
    try:
        if words == ["env"]:
            prepare(places)
            with steps.step("Pulumi engine", worth=2.0) as tell:
                engine = find_engine(places, tell)
            print(exports(environment(places, engine)))
        else:
            commands[words[0]](places, steps)
    except LabError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except OcrfleetError as error:
        sys.stderr.write(f"\n{error}\n")
        return error.code
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; run the same command again to go on from here\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
