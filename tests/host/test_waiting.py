"""While nobody answers, requests wait in the proxy: only so many, only so long, and then they are told to come back."""

import json

import pytest

from lab.project import GUARD, LabProject

SECONDS, MOST = 4, 2
PAGE, LARGE = "200000", "15000000"
# The lab's proxy takes 20 MB; a body here has two quotation marks more.
LARGEST, TOO_LARGE = "19999998", "19999999"
# A client whose writing breaks off looks whether it was answered, as httpx, requests, aiohttp, curl and Node do.
CALLS = """\
import contextlib, http.client, json, pathlib, sys, threading, time

def call():
    begun, body = time.monotonic(), b'"' + b"x" * size + b'"'
    line = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    with contextlib.suppress(ConnectionError):
        line.request("POST", "/v1/chat/completions", body, {"Authorization": "Bearer " + key})
    answer = http.client.HTTPResponse(line.sock, method="POST")
    answer.begin()
    answer.read()
    told.append([answer.status, answer.getheader("Retry-After"), round(time.monotonic() - begun, 1)])

key, told = pathlib.Path("/var/lib/ocrfleet/proxy/keys/current").read_text(), []
number, size = map(int, sys.argv[1:3])
calls = [threading.Thread(target=call) for _ in range(number)]
for one in calls:
    one.start()
if sys.argv[3:]:
    time.sleep(1)
    upstream = pathlib.Path("/var/lib/ocrfleet/proxy/upstream")
    upstream.with_name("fresh").write_text(sys.argv[3])
    upstream.with_name("fresh").rename(upstream)
for one in calls:
    one.join()
print(json.dumps(sorted(told, key=lambda one: one[2])))
"""


@pytest.fixture
def held(lab: LabProject) -> object:
    """A service whose requests are held, and no guard that would let them through."""
    lab.deploy(proxy__max_requests=MOST, proxy__hold_seconds=SECONDS)
    lab.hold_guard()
    lab.script("printf 127.0.0.1 >/var/lib/ocrfleet/proxy/upstream")
    yield lab
    lab.signal("CONT", GUARD)


def test_only_so_many_wait_and_only_so_long(held: LabProject) -> None:
    address = held.remote.facts().serving
    assert address is not None

    two = held.inside("python3", "-c", CALLS, "2", PAGE)
    four = held.inside("python3", "-c", CALLS, "4", PAGE, address["address"])

    assert [one[:2] for one in json.loads(two.out)] == [[503, "5"]] * 2
    assert all(SECONDS <= one[2] < SECONDS + 2 for one in json.loads(two.out))
    refused, answered = json.loads(four.out)[:2], json.loads(four.out)[2:]
    assert [one[:2] for one in refused] == [[503, "5"]] * 2
    assert all(one[2] < 1 for one in refused)
    assert [one[0] for one in answered] == [200, 200]
    assert all(1 <= one[2] < SECONDS for one in answered)


def test_who_has_not_sent_all_of_a_large_page_is_sent_away_too(held: LabProject) -> None:
    """The proxy reads a page as the engine takes it, so most of this one was never read by then."""
    told = json.loads(held.inside("python3", "-c", CALLS, "2", LARGE).out)

    assert [one[:2] for one in told] == [[503, "5"]] * 2
    assert all(SECONDS <= one[2] < SECONDS + 2 for one in told)


def test_the_largest_page_waits_as_any_other_and_a_larger_one_does_not(held: LabProject) -> None:
    serving = held.remote.facts().serving
    assert serving is not None

    waited = held.inside("python3", "-c", CALLS, "1", LARGEST, serving["address"])
    refused = held.inside("python3", "-c", CALLS, "1", TOO_LARGE)

    assert [one[0] for one in json.loads(waited.out)] == [200]
    assert 1 <= json.loads(waited.out)[0][2] < SECONDS
    assert [one[0] for one in json.loads(refused.out)] == [413]
