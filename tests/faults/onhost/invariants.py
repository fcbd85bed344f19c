"""What must be true on a host at rest, whatever happened to it. Pure: each says what is wrong, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from tests.faults.onhost.seen import ENGINE, PROXY, Seen

SSH, OUR_DOOR, DOCKERS_NAMES = "22", ("127.0.0.1", "8000"), "127.0.0.11"
Look = Callable[[Seen], Iterator[str]]


def wrongs(seen: Seen) -> list[str]:
    """Everything that is not as it must be."""
    return [wrong for look in INVARIANTS for wrong in look(seen)]


def _at_rest(seen: Seen) -> Iterator[str]:
    for job in seen.raw["jobs"]:
        if job["at_work"]:
            yield f"the job {job['key']} ({job['what']}) is still at work"
    for lock in seen.raw["locked"]:
        yield f"the lock {lock} is held"
    for process in seen.raw["mutators"]:
        yield f"a process is left: {process}"
    for path in seen.raw["left"]:
        yield f"a temporary file is left: {path}"


def _journal(seen: Seen) -> Iterator[str]:
    try:
        entries = seen.journal
    except ValueError as error:
        yield str(error)
        return
    if entries and entries[-1]["step"] not in {"committed", "restored"}:
        yield f"the swap to release {entries[-1]['to']} was left at step {entries[-1]['step']}"


def _one_serves(seen: Seen) -> Iterator[str]:
    """Exactly one engine runs: that of the serving release, which once passed the gate; requests go to it."""
    running = [one["id"] for one in seen.containers(ENGINE, running=True)]
    record = seen.releases.get(seen.serving or 0)
    if record is None:
        yield f"nothing serves, and {len(running)} engines run"
        return
    if running != [record["container"]]:
        names = [one["name"] for one in seen.containers(ENGINE, running=True)]
        yield f"release {seen.serving} serves, and these engines run: {names}"
    if record["state"] != "good" or not record["gate"].get("passed"):
        yield f"release {seen.serving} serves and never passed its gate: it is {record['state']}"
    if seen.raw["upstream"] != record["address"]:
        yield f"requests go to {seen.raw['upstream']}, not to {record['address']}"
    if len(seen.containers(PROXY, running=True)) != 1 or len(seen.containers(PROXY)) != 1:
        yield f"there is not one proxy: {[(one['name'], one['running']) for one in seen.containers(PROXY)]}"


def _retained(seen: Seen) -> Iterator[str]:
    """What serves and what a rollback would go to has its image, its container and the record of what it runs."""
    containers = {one["id"] for one in seen.raw["containers"]}
    for number in filter(None, (seen.serving, seen.previous)):
        record = seen.releases[number]
        if record["container"] not in containers:
            yield f"the container of release {number} is gone"
        if record["image"] not in seen.raw["images"]:
            yield f"the image of release {number} is gone"
        if number not in seen.raw["manifests"]:
            yield f"it is not known any more what release {number} runs"


def _no_orphans(seen: Seen) -> Iterator[str]:
    """Every container of ours is that of a release that is kept, by its id, or by its name where none was recorded."""
    kept = {str(number): record for number, record in seen.releases.items() if record["state"] != "pruned"}
    for one in seen.containers(ENGINE):
        record = kept.get(one["name"].rpartition("-")[2], {"container": ""})
        if record["container"] not in {one["id"], None}:
            yield f"the container {one['name']} belongs to no release"


def _never_twice(seen: Seen) -> Iterator[str]:
    """No release was made twice, and no job changed the host twice."""
    for one, other in pairwise(seen.good):
        if seen.releases[one]["digest"] == seen.releases[other]["digest"]:
            yield f"release {one} and release {other} are the same"
    jobs = Counter(line["job"] for line in seen.since_it_was_empty if line["outcome"] == "deployed")
    for job, count in jobs.items():
        if count > 1:
            yield f"the job {job} deployed {count} times"


def _silent(seen: Seen) -> Iterator[str]:
    """No secret is anywhere but where it is kept."""
    for path in seen.raw["leaks"]:
        yield f"a secret is in {path}"


def _closed(seen: Seen) -> Iterator[str]:
    """Nothing listens but the SSH server, the proxy on this machine only, and the name server Docker gives to all."""
    for address, _, port in (one.partition(" ") for one in seen.raw["listening"]):
        if port != SSH and (address, port) != OUR_DOOR and address != DOCKERS_NAMES:
            yield f"something listens at {address}, port {port}"


INVARIANTS: tuple[Look, ...] = (
    _at_rest,
    _journal,
    _one_serves,
    _retained,
    _no_orphans,
    _never_twice,
    _silent,
    _closed,
)
