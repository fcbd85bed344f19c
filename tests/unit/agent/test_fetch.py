"""A model is fetched whole or not at all, goes on where it stopped, and tells how far it is."""

from __future__ import annotations

import hashlib
import os
import re

import pytest

from ocrfleet.agent.errors import Refused, Restored
from ocrfleet.agent.home import read_json
from ocrfleet.agent.models import flaw, folder_of, partial_of, record_of
from tests.unit.agent.faults import Died
from tests.unit.agent.host import Host
from tests.unit.agent.hubs import COMMIT, FILES, LIST, REPO, WEIGHTS, Answer, entries
from tests.unit.agent.weights import BYTES, RESOLVE, get, is_whole, ranges, there


def test_every_file_comes_whole_and_is_recorded(host: Host) -> None:
    assert get(host) == {"fetched": sum(map(len, FILES.values()))}
    assert there(host) == FILES
    record = read_json(record_of(folder_of(host.home, REPO, COMMIT)))
    assert record is not None
    hashes = {one["path"]: (one["size"], one["sha256"]) for one in record["files"]}
    assert hashes == {path: (len(body), hashlib.sha256(body).hexdigest()) for path, body in FILES.items()}
    assert is_whole(host)
    assert not partial_of(folder_of(host.home, REPO, COMMIT)).exists()


def modes(host: Host) -> dict[bool, set[str]]:
    """Who may look at what is there: at folders, and at files."""
    paths = [*folder_of(host.home, REPO, COMMIT).parent.rglob("*")]
    kinds = {kind: {path for path in paths if path.is_dir() == kind} for kind in (True, False)}
    ours = record_of(folder_of(host.home, REPO, COMMIT))
    return {kind: {oct(path.stat().st_mode & 0o777) for path in found - {ours}} for kind, found in kinds.items()}


OPEN = {True: {"0o755"}, False: {"0o644"}}


def test_an_engine_of_another_user_may_read_it(host: Host) -> None:
    get(host)
    assert modes(host) == OPEN


def test_an_engine_of_another_user_may_read_what_a_killed_one_made_and_had_not_opened_yet(host: Host) -> None:
    host.outside.hub.files["empty"] = b""
    folder = folder_of(host.home, REPO, COMMIT)
    for place in (folder, partial_of(folder)):
        (place / "deep").mkdir(parents=True, mode=0o700)
    for path in (folder.parent, folder, folder / "deep", partial_of(folder)):
        path.chmod(0o700)
    (partial_of(folder) / "empty").touch(mode=0o600)
    get(host)
    assert modes(host) == OPEN
    assert oct(folder.parent.stat().st_mode & 0o777) == "0o755"


@pytest.mark.parametrize("step", ["make cccc", "allow", "open", "clear"])
def test_each_step_of_a_fetch_can_break_and_the_same_again_ends_as_if_nothing_had_been(host: Host, step: str) -> None:
    mask = os.umask(0o077)
    try:
        host.outside.hub.cuts[BYTES], host.outside.hub.ranges = [3000], False
        host.world.break_on(step, "die")
        with pytest.raises(Died):
            get(host)
        host.crash()
        get(host)
    finally:
        os.umask(mask)
    assert (there(host), modes(host)) == (FILES, OPEN)
    assert is_whole(host)


def test_what_is_whole_asks_nobody_again(host: Host) -> None:
    get(host)
    host.outside.hub.asked.clear()
    assert get(host) == {"fetched": 0}
    assert host.outside.hub.asked == []


def test_it_goes_on_at_the_byte_where_the_connection_dropped(host: Host) -> None:
    host.outside.hub.cuts[BYTES] = [3000, 10, 2500]
    get(host)
    assert ranges(host) == [None, "bytes=3000-", "bytes=3010-", "bytes=5510-"]
    assert there(host) == FILES


def test_the_same_again_goes_on_where_a_killed_one_stopped(host: Host) -> None:
    host.outside.hub.cuts[BYTES] = [4000]
    host.world.break_on("sleep", "die")
    with pytest.raises(Died):
        get(host)
    assert not is_whole(host)
    host.crash()
    get(host)
    assert ranges(host)[-1] == "bytes=4000-"
    assert there(host) == FILES


def test_a_server_that_gives_the_whole_for_a_part_is_understood(host: Host) -> None:
    host.outside.hub.cuts[BYTES], host.outside.hub.ranges = [3000], False
    get(host)
    assert there(host) == FILES


def test_what_was_damaged_on_the_disk_is_fetched_anew_and_nothing_else(host: Host) -> None:
    get(host)
    weights = folder_of(host.home, REPO, COMMIT) / WEIGHTS
    weights.write_bytes(b"\0" * len(FILES[WEIGHTS]))
    assert flaw(host.home, REPO, COMMIT) == f"{WEIGHTS} was changed since it was fetched"
    assert get(host) == {"fetched": len(FILES[WEIGHTS])}
    assert there(host) == FILES


def test_a_touched_file_is_read_again_and_not_fetched(host: Host) -> None:
    get(host)
    (folder_of(host.home, REPO, COMMIT) / WEIGHTS).touch()
    assert not is_whole(host)
    assert get(host) == {"fetched": 0}
    assert is_whole(host)


@pytest.mark.parametrize("damage", ["config.json", WEIGHTS])
@pytest.mark.parametrize("how", [lambda body: body[:-1] + b"!", lambda body: body[:-5], lambda body: body + b"more"])
def test_a_file_with_another_content_is_never_taken(host: Host, damage: str, how: object) -> None:
    assert callable(how)
    host.outside.hub.listed = entries(FILES)
    host.outside.hub.files[damage] = how(FILES[damage])
    with pytest.raises(Restored, match=r"another content than the hub says|gives nothing any more"):
        get(host)
    assert not is_whole(host)
    assert damage not in there(host)


def test_a_signature_that_ran_out_is_asked_for_anew(host: Host) -> None:
    host.outside.hub.wrong[BYTES] = [Answer(403, {}, b"expired")]
    get(host)
    assert there(host) == FILES


def test_a_disk_without_room_is_seen_before_anything_comes(host: Host) -> None:
    host.outside.disk = 11_000
    with pytest.raises(Refused, match=r"takes 10\.3 kB more, 11\.0 kB .* free and 1\.1 kB .* stay so: 0\.4 kB short$"):
        get(host)
    assert {path for path, _, _ in host.outside.hub.asked} == {LIST}


def test_a_disk_that_fills_up_ends_it_and_keeps_what_came(host: Host) -> None:
    host.world.break_on(f"write {WEIGHTS}", error=OSError(28, "No space left on device"))
    with pytest.raises(Restored, match="No space left on device"):
        get(host)
    host.world.revive()
    get(host)
    assert there(host) == FILES


def test_a_hub_that_never_comes_back_ends_it_and_keeps_what_came(host: Host) -> None:
    began = host.outside.seconds
    host.world.break_on("pull /bytes")
    with pytest.raises(Restored, match="gives nothing any more: broken by the test"):
        get(host)
    assert 500 < host.outside.seconds - began < 700
    assert "config.json" in there(host)


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry-after": "40"}, 40), ({"ratelimit": '"api";r=0;t=55'}, 55), ({}, 1)]
)
def test_a_hub_that_has_enough_of_us_is_left_alone_for_as_long_as_it_says(
    host: Host, headers: dict[str, str], seconds: int
) -> None:
    host.outside.hub.wrong = {path: [Answer(429, headers)] for path in (LIST, f"{RESOLVE}{WEIGHTS}")}
    get(host)
    assert host.said.count(f"the hub: status 429; trying again in {seconds} s") == 2
    assert there(host) == FILES


def test_it_tells_how_far_it_is_and_how_long_the_rest_takes(host: Host) -> None:
    get(host)
    assert "fetching acme/reader at cccccccccccc from https://hub.test: 3 files, 10.3 kB" in host.said
    line = re.compile(r"([\d.]+) kB of 10\.3 kB \((\d+)%\), (?!0\.0)[\d.]+ kB/s, (\d+) s left: model\.safetensors")
    told = [(float(found[1]), int(found[2]), int(found[3])) for found in map(line.fullmatch, host.said) if found]
    assert len(told) >= 3
    assert told == sorted(told)
    assert [left for _, _, left in told] == sorted((left for _, _, left in told), reverse=True)


def test_who_asks_for_it_to_stop_may_go_on_later(host: Host) -> None:
    host.outside.hub.cuts[BYTES] = [3000]
    host.world.break_on("sleep", error=SystemExit("asked to stop (SIGTERM)"))
    with pytest.raises(Restored, match="was asked to stop"):
        get(host)
    host.world.revive()
    get(host)
    assert ranges(host)[-1] == "bytes=3000-"
