"""Every container is hardened, every value is one word, and only the proxy listens: on loopback."""

from typing import Any

import pytest

from ocrfleet.agent.words import fill
from ocrfleet.commands.containers import create_engine, create_networks, create_proxy
from ocrfleet.spec import HostSpec
from tests.unit.spec.files import LAB, changed, parse
from tests.unit.spec.gpus import COMMIT, accepted

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
        "--opt=com.docker.network.bridge.enable_ip_masquerade=false",
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


WALLS = {"writable-root": "--read-only", "capabilities": "--cap-drop=ALL", "new-privileges": "no-new-privileges"}


@pytest.mark.parametrize(("waiver", "word"), WALLS.items())
def test_a_waiver_takes_down_its_own_wall_and_the_proxy_keeps_all(waiver: str, word: str) -> None:
    host = parse(changed(f"waivers.{waiver}", "tried it out, and it is needed"))
    engine, proxy = (" ".join(make(host)) for make in (create_engine, create_proxy))
    assert word not in engine
    assert sum(wall in engine for wall in WALLS.values()) == len(WALLS) - 1
    assert all(wall in proxy for wall in WALLS.values())


def test_nobody_is_root_and_no_waiver_makes_them() -> None:
    for make in (create_engine, create_proxy):
        assert not [word for word in make(parse(LAB)) if word.startswith("--user=0") or word == "--privileged"]


def test_the_way_out_is_closed_unless_waived() -> None:
    open_host = parse(changed("waivers.way-out", "it must ask a server of ours"))
    assert "--internal" not in create_networks(open_host)["ocrfleet-engines"]


def test_an_engine_without_a_gpu_gets_none_and_one_with_gets_that_one() -> None:
    assert not [word for word in create_engine(parse(LAB)) if word.startswith("--gpus")]
    uuid = "GPU-01234567-89ab-cdef-0123-456789abcdef"
    assert f"--gpus=device={uuid}" in create_engine(accepted({"gpu.uuid": uuid}))
    assert "--gpus=all" in create_engine(accepted())


def test_shared_memory_is_the_engines_own_unless_waived() -> None:
    assert "--shm-size=8g" in create_engine(accepted(shm_gib=8))
    ipc = create_engine(accepted({"waivers.host-ipc": "tried it out, and it is needed"}))
    assert [word for word in ipc if "ipc" in word or "shm" in word] == ["--ipc=host"]


def test_weights_are_mounted_read_only_by_commit_and_nothing_is_fetched() -> None:
    words = create_engine(accepted())
    folder = f"/var/lib/ocrfleet/models/deepseek-ai--DeepSeek-OCR/{COMMIT}"
    assert f"--mount=type=bind,source={folder},target=/model,readonly" in words
    assert "--env=HF_HUB_OFFLINE=1" in words
    assert words[words.index("@image") + 1] == "/model"


@pytest.mark.parametrize("kind", ["awq", "gptq"])
def test_a_checkpoint_is_served_instead_of_the_model(kind: str) -> None:
    checkpoint = {"repo": "somebody/quantised", "revision": "1" * 40}
    model = {"build.profile": "quantised", "model.quantisation": kind, "model.checkpoint": checkpoint}
    words = create_engine(accepted(model))
    assert any(f"/models/somebody--quantised/{'1' * 40},target=/model,readonly" in word for word in words)
    assert not [word for word in words if word.startswith("--quantization")]


def test_fp8_is_made_at_start() -> None:
    assert "--quantization=fp8" in create_engine(accepted({"build.profile": "quantised"}))


def test_vllm_listens_where_the_host_file_says_under_both_names() -> None:
    words = create_engine(accepted(port=9000))
    assert {"--host=0.0.0.0", "--port=9000"} < set(words)
    at = words.index("--served-model-name")
    assert words[at + 1 : at + 3] == ("deepseek-ocr", "deepseek-ai/DeepSeek-OCR")
