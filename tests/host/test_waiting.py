"""While nobody answers, requests wait in the proxy: only so many, only so long, and then they are told to come back."""

import json

import pytest

from lab.project import GUARD, LabProject

SECONDS, MOST = 4, 2
CALLS = """\
import http.client, json, pathlib, sys, threading, time

def call():
    begun, body = time.monotonic(), b'"' + b"x" * 200_000 + b'"'
    line = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    line.request("POST", "/v1/chat/completions", body, {"Authorization": "Bearer " + key})
    answer = line.getresponse()
    answer.read()
    told.append([answer.status, answer.getheader("Retry-After"), round(time.monotonic() - begun, 1)])

key, told = pathlib.Path("/var/lib/ocrfleet/proxy/keys/current").read_text(), []
calls = [threading.Thread(target=call) for _ in range(int(sys.argv[1]))]
for one in calls:
    one.start()
if sys.argv[2:]:
    time.sleep(1)
    upstream = pathlib.Path("/var/lib/ocrfleet/proxy/upstream")
    upstream.with_name("fresh").write_text(sys.argv[2])
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

    two, four = held.inside("python3", "-c", CALLS, "2"), held.inside("python3", "-c", CALLS, "4", address["address"])

    assert [one[:2] for one in json.loads(two.out)] == [[503, "5"]] * 2
    assert all(SECONDS <= one[2] < SECONDS + 2 for one in json.loads(two.out))
    refused, answered = json.loads(four.out)[:2], json.loads(four.out)[2:]
    assert [one[:2] for one in refused] == [[503, "5"]] * 2
    assert all(one[2] < 1 for one in refused)
    assert [one[0] for one in answered] == [200, 200]
    assert all(1 <= one[2] < SECONDS for one in answered)
