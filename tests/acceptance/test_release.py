"""What runs is what was released, and there is a way back."""

from collections.abc import Callable
from typing import Any

from testinfra.host import Host

from ocrfleet.spec import HostSpec

Agent = Callable[..., dict[str, Any]]


def test_the_container_runs_the_image_of_the_serving_release(engine: dict[str, Any], serving: dict[str, Any]) -> None:
    assert engine["State"]["Running"], "the container is not running"
    assert engine["Image"] == serving["image"], f"the container runs {engine['Image'][:19]}"


def test_the_image_is_for_this_machines_processor(host: Host, serving: dict[str, Any], facts: dict[str, Any]) -> None:
    found = host.run("docker image inspect --format '{{.Architecture}}' %s", serving["image"]).stdout.strip()
    assert found == facts["arch"], f"it is for {found or 'no processor'}, and this is {facts['arch']}"


def test_nothing_was_changed_by_hand(facts: dict[str, Any]) -> None:
    assert not facts["drift"], "; ".join(facts["drift"])


def test_the_engine_is_not_root_and_cannot_become_root(engine: dict[str, Any], spec: HostSpec) -> None:
    user, host = engine["Config"]["User"], engine["HostConfig"]
    assert user.partition(":")[0] not in {"", "0", "root"}, f"it runs as {user or 'root'}"
    assert not host["Privileged"], "it is privileged"
    assert not host["CapAdd"], "it has capabilities"
    assert host["CapDrop"] == ["ALL"] or "capabilities" in spec.waivers, "it keeps capabilities"
    may_not_gain = "no-new-privileges" in (host["SecurityOpt"] or ())
    assert may_not_gain or "new-privileges" in spec.waivers, "it may gain privileges"


def test_the_engine_cannot_change_its_own_files(engine: dict[str, Any], spec: HostSpec) -> None:
    assert engine["HostConfig"]["ReadonlyRootfs"] or "writable-root" in spec.waivers, "its root is writable"


def test_the_engine_cannot_fill_the_host(engine: dict[str, Any], spec: HostSpec) -> None:
    host = engine["HostConfig"]
    assert host["PidsLimit"] == spec.engine.pids, f"it may start {host['PidsLimit'] or 'any number of'} processes"
    assert host["LogConfig"]["Config"].get("max-size"), "its log grows without end"
    assert host["IpcMode"] != "host" or "host-ipc" in spec.waivers, "it shares the host's memory"


def test_the_engine_has_no_way_out(host: Host, engine: dict[str, Any], spec: HostSpec) -> None:
    networks = list(engine["NetworkSettings"]["Networks"])
    for name in networks if "way-out" not in spec.waivers else ():
        done = host.run("docker network inspect --format '{{.Internal}}' %s", name)
        assert done.stdout.strip() == "true", f"it is on {name}, which has a way out"
    assert not engine["HostConfig"]["PortBindings"], "it publishes a port"


def test_the_previous_release_is_retained(
    host: Host, agent: Agent, facts: dict[str, Any], record_property: Any
) -> None:
    releases = agent("releases")["releases"]
    earlier = [
        one for one in releases if one["state"] in {"good", "pruned"} and one["release"] < facts["serving"]["release"]
    ]
    if not earlier:
        record_property("note", "there is no earlier release")
        return
    previous = facts["previous"]
    assert previous is not None, "every earlier release was pruned"
    assert host.run("docker image inspect %s", previous["image"]).rc == 0, f"the image of {previous['release']} is gone"
    assert host.run("docker container inspect %s", previous["container"]).rc == 0, "its container is gone"
