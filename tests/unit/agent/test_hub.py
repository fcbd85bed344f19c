"""What a hub says is believed as far as it can be true; its token is shown to nobody else."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import Refused
from ocrfleet.agent.names import HUB_TOKEN
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import FILES, LIST, WEIGHTS, Answer
from tests.unit.agent.weights import RESOLVE, get, there

SECRET = "hf_canary_canary_canary"


@pytest.mark.parametrize(
    ("status", "token", "says"),
    [
        (401, None, "shows it to nobody without a token"),
        (401, SECRET, "does not take the token"),
        (403, SECRET, "is not open to this token"),
        (403, None, "is not open to everybody"),
        (404, None, "has no acme/reader at cccccccccccc"),
    ],
)
def test_what_no_second_try_mends_is_refused_at_once(host: Host, status: int, token: str | None, says: str) -> None:
    host.outside.hub.wrong[LIST] = [Answer(status)]
    host.secret(HUB_TOKEN, "build-1", token or "")
    with pytest.raises(Refused, match=says):
        get(host, **({"token": "build-1"} if token else {}))
    assert len(host.outside.hub.asked) == 1


def test_a_file_that_is_not_there_is_refused_at_once(host: Host) -> None:
    host.outside.hub.wrong[f"{RESOLVE}{WEIGHTS}"] = [Answer(404)]
    with pytest.raises(Refused, match="has no acme/reader"):
        get(host)


def test_the_token_is_shown_to_the_hub_alone_and_is_on_the_disk_for_moments(host: Host) -> None:
    host.outside.hub.token = SECRET
    host.secret(HUB_TOKEN, "build-1", f"{SECRET}\n")
    get(host, token="build-1")
    assert there(host) == FILES
    assert not host.home.secret("build-1", HUB_TOKEN).parent.exists()
    assert SECRET not in "\n".join([*host.said, *host.world.calls])


def test_a_token_that_did_not_arrive_is_said(host: Host) -> None:
    with pytest.raises(Refused, match="did not arrive"):
        get(host, token="build-1")


@pytest.mark.parametrize("path", ["../../up", "/etc/passwd", "a/../../b", "", "a\nb"])
def test_a_hub_that_names_files_outside_is_not_believed(host: Host, path: str) -> None:
    host.outside.hub.listed = [{"type": "file", "path": path, "size": 1, "oid": "a" * 40}]
    with pytest.raises(Refused, match="strangely"):
        get(host)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[1]", b"[]", b'[{"type": "file"}]'])
def test_an_answer_that_is_no_list_is_not_believed(host: Host, body: bytes) -> None:
    host.outside.hub.wrong[LIST] = [Answer(200, {}, body)]
    with pytest.raises(Refused, match="strangely"):
        get(host)


def test_a_list_that_goes_on_elsewhere_is_not_believed(host: Host) -> None:
    host.outside.hub.base = "https://other.test"
    with pytest.raises(Refused, match="goes on elsewhere"):
        get(host)


@pytest.mark.parametrize("onward", ["http://bytes.test/x", "ftp://bytes.test/x", f"{RESOLVE}{WEIGHTS}", ""])
def test_it_is_not_sent_on_to_where_anybody_could_answer(host: Host, onward: str) -> None:
    host.outside.hub.wrong[f"{RESOLVE}{WEIGHTS}"] = [Answer(302, {"location": onward})] * 9
    with pytest.raises(Refused, match="sends us on"):
        get(host)
