"""Every container is hardened, every value is one word, and only the proxy listens: on loopback."""

from typing import Any

import pytest

from ocrfleet.agent.words import fill
from ocrfleet.commands.containers import create_engine, create_networks, create_proxy
from ocrfleet.spec import HostSpec
from tests.unit.spec.files import LAB, changed, parse

HARDENED = {
    "--restart=no",
    "--read-only",
    "--user=10001:10001",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--log-opt=max-size=10m",
    "--label=ocrfleet.host=lab",
}


@pytest.fixture
def host() -> HostSpec:
    return parse(LAB)


def test_both_containers_are_hardened_and_labelled(host: HostSpec) -> None:
    assert set(create_engine(host)) > {*HARDENED, "--label=ocrfleet.part=engine"}
    assert set(create_proxy(host)) > {*HARDENED, "--label=ocrfleet.part=proxy"}


def test_an_engine_publishes_nothing_and_has_no_way_out(host: HostSpec) -> None:
    assert not [word for word in create_engine(host) if "publish" in word or word == "-p"]
    assert "--network=ocrfleet-engines" in create_engine(host)
    assert "--internal" in create_networks(host)["ocrfleet-engines"]


def test_the_proxy_listens_on_loopback_only() -> None:
    published = [word for word in create_proxy(parse(changed("proxy.port", 8443))) if "publish" in word]
    assert published == ["--publish=127.0.0.1:8443:8080"]


def test_networks_have_the_subnets_and_bridges_that_bootstrap_closes(host: HostSpec) -> None:
    assert create_networks(host)["ocrfleet-front"] == (
        "docker",
        "network",
        "create",
        "--label=ocrfleet.host=lab",
        "--opt=com.docker.network.bridge.name=ocrfleet-front",
        "--subnet=172.30.241.0/28",
        "ocrfleet-front",
    )


@pytest.mark.parametrize(
    ("value", "word"),
    [(True, "--x"), (False, "--no-x"), (0, "--x=0"), (0.9, "--x=0.9"), ("two words", "--x=two words"), ("", "--x=")],
)
def test_a_flag_is_one_word_behind_the_image(value: Any, word: str) -> None:
    argv = create_engine(parse(changed("engine.flags", {"x": value})))
    assert argv[argv.index("@image") :] == ("@image", word)


def test_flags_and_variables_are_in_order_whatever_the_order_in_the_file() -> None:
    one, other = ({"B": "2", "A": "1"}, {"A": "1", "B": "2"})
    assert create_engine(parse(changed("engine.env", one))) == create_engine(parse(changed("engine.env", other)))


def test_no_value_can_be_one_of_the_words_the_host_fills_in() -> None:
    argv = create_engine(parse(changed("engine.flags", {"x": "@image", "y": "@placement"})))
    assert [word for word in argv if word in {"@image", "@placement"}] == ["@placement", "@image"]
    assert fill(list(argv), placement=["--name=a"], image="b")[-2:] == ["--x=@image", "--y=@placement"]


@pytest.mark.parametrize(("key", "value", "word"), [("uid", 5000, "--user=5000:5000"), ("pids", 99, "--pids-limit=99")])
def test_limits_come_from_the_host_file(key: str, value: int, word: str) -> None:
    assert word in create_engine(parse(changed(f"engine.{key}", value)))
