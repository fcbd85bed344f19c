"""What a release said while it started is kept with it, and is no reason to undo a swap."""

import pytest

from tests.unit.agent.host import Host
from tests.unit.agent.wanted import wanted

SAID = "INFO Resolved architecture: DeepseekOCRForCausalLM\n"


def test_the_beginning_of_a_releases_log_is_kept(serving: Host) -> None:
    serving.docker.logs["sha256:two"] = SAID
    serving.deploy(wanted("two"))
    serving.docker.logs["sha256:two"] = "something much later\n"
    assert (serving.home.release(2) / "start").read_text() == SAID


@pytest.mark.parametrize("call", ["docker logs", "save start"])
def test_that_it_cannot_be_kept_undoes_nothing(serving: Host, call: str) -> None:
    serving.world.break_on(call)
    assert serving.deploy(wanted("two"))["outcome"] == "deployed"
    assert serving.serves() == 2
