"""The operator's own process ends: `pulumi up` is interrupted or killed. The job goes on; nobody starts it anew."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass

from tests.faults.onhost.plant import broken, go_on, until_held
from tests.faults.onhost.seen import Seen
from tests.faults.onhost.stage import Stage

END_SECONDS = 60.0
SIGNALS = {"operator-interrupted": signal.SIGINT, "operator-killed": signal.SIGKILL}
GOES_ON = ("goes on on the host", "joins it", "ocrfleet abort")


@dataclass(frozen=True)
class Ending:
    """How one `pulumi up` is ended, while its job stands still at a call of the agent's or has just gone on."""

    fault: str
    strategy: str
    note: str
    # For how many seconds the job goes on before the operator ends; with None it stands still until he has.
    moves: float | None

    def run(self, stage: Stage, before: Seen, plan: dict[str, str]) -> str:
        """End it, and see that the same command afterwards finds the work done; return what it said."""
        lab = stage.lab
        wish = {"engine__env": {"NOTE": self.note}, "cutover__strategy": self.strategy, "gate__healthy_seconds": 0.5}
        lab.write(**wish)
        with broken(lab, verbs=["deploy"], **plan):
            with _up(stage) as child:
                until_held(lab, lambda: child.poll() is not None)
                if self.moves is not None:
                    go_on(lab)
                    time.sleep(self.moves)
                child.send_signal(SIGNALS[self.fault])
                said, _ = child.communicate(timeout=END_SECONDS)
            go_on(lab)
            after = stage.at_rest()
        self._judge(said, before, after)
        if self.fault == "operator-killed":
            lab.pulumi("cancel", f"--stack={lab.name}", "--yes")
        _deploys_nothing_new(stage, after)
        return said

    def _judge(self, said: str, before: Seen, after: Seen) -> None:
        assert after.serving == max(before.releases) + 1, f"serving {after.serving} after {before.serving}"
        # One that moves may have come to its end before it could be said that it goes on.
        if self.fault == "operator-interrupted" and self.moves is None:
            missing = [words for words in GOES_ON if words not in said]
            assert not missing, f"not said: {missing}\n{said}"


def _up(stage: Stage) -> subprocess.Popen[str]:
    lab = stage.lab
    words = ["pulumi", "up", f"--stack={lab.name}", "--yes", "--skip-preview", "--non-interactive"]
    return subprocess.Popen(
        words, cwd=lab.root, env=lab.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _deploys_nothing_new(stage: Stage, after: Seen) -> None:
    """The same command again succeeds, and the host does nothing for it."""
    again = stage.lab.up()
    assert again.code == 0, again.out
    seen = stage.at_rest()
    assert (seen.serving, seen.deploys()) == (after.serving, after.deploys()), again.out
    assert list(seen.releases) == list(after.releases), again.out
    stage.reads()
