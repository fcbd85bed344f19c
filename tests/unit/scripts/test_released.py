"""The reader of vLLM's sources finds every flag with its kind, whichever way the parser is told of it."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from scripts.make_flags import Spans
from scripts.released.flags import flags, variables
from scripts.released.source import Source

FILES = {
    "vllm/envs.py": 'environment_variables: dict = {"VLLM_A": lambda: 1, "VLLM_B": lambda: 2}\n',
    "vllm/config/__init__.py": "from vllm.config.model import ModelConfig, Inner\n",
    "vllm/config/model.py": """\
from typing import Literal
from vllm.config.words import Mode as HowModes
@config
class Inner:
    backend: str = "x"
    level: int = 1
class Options(dict[str, int]):
    pass
class Base:
    inherited: bool = False
@config
class ModelConfig(Base):
    mode: HowModes = "slow"
    dtype: Literal["half", "float"] | None = None
    free: Literal["a", "b"] | str = "a"
    seed: int | None = None
    cache: int = Field(default=4, gt=0)
    share: float = Field(default=0.9, gt=0)
    inner: Inner = field(default_factory=Inner)
    options: Options = field(default_factory=Options)
    overrides: dict[str, Any] | None = None
    names: list[str] | None = None
    sizes: "list[int] | None" = None
    length: SkipValidation[int] = None
    path: os.PathLike | None = None
""",
    "vllm/config/words.py": 'Fast = Literal["fast"]\nMode = Literal[Fast, "slow"]\n',
    "vllm/engine/arg_utils.py": """\
from vllm.config import ModelConfig
def get_kwargs(cls):
    if name in {"cache", "length"}:
        pass
class EngineArgs:
    def add_cli_args(parser):
        model_kwargs = get_kwargs(ModelConfig)
        group = parser.add_argument_group(title="x")
        group.add_argument("--inherited", **model_kwargs["inherited"])
        group.add_argument("--mode", "-m", **model_kwargs["mode"])
        group.add_argument("--dtype", **model_kwargs["dtype"])
        group.add_argument("--free", **model_kwargs["free"])
        group.add_argument("--seed", **{**model_kwargs["seed"], "default": 0})
        cache_kwargs = model_kwargs["cache"]
        group.add_argument("--cache-bytes", **cache_kwargs)
        group.add_argument("--share", **model_kwargs["share"])
        group.add_argument("--inner-config", **model_kwargs["inner"])
        group.add_argument("--options", **model_kwargs["options"])
        group.add_argument("--overrides", **model_kwargs["overrides"])
        group.add_argument("--names", **model_kwargs["names"])
        group.add_argument("--sizes", **model_kwargs["sizes"])
        group.add_argument("--length", **model_kwargs["length"])
        group.add_argument("--path", **model_kwargs["path"])
        group.add_argument("--log", action=argparse.BooleanOptionalAction)
        group.add_argument("--device", choices=["auto", "cpu"] + (["cpu"] if x else []), default="auto")
""",
    "vllm/entrypoints/cli_args.py": """\
@config
class FrontendArgs:
    port: int = 8000
    allowed_origins: list[str] = field(default_factory=lambda: ["*"])
    middleware: list[str] = field(default_factory=lambda: [])
    def add_cli_args(cls, parser):
        frontend_kwargs = get_kwargs(cls)
        frontend_kwargs["allowed_origins"]["type"] = json.loads
        frontend_kwargs["middleware"]["action"] = "append"
        for key, value in frontend_kwargs.items():
            group.add_argument(f"--{key}", **value)
def make_arg_parser(parser):
    parser.add_argument("model_tag", type=str, nargs="?")
    parser.add_argument("--headless", action="store_true", default=False)
    parser.add_argument("--api-server-count", "-asc", type=int, default=None)
""",
}
FOUND: dict[str, dict[str, Any]] = {
    "inherited": {"kind": "switch"},
    "mode": {"kind": "choice", "choices": ["fast", "slow"], "default": "'slow'"},
    "dtype": {"kind": "choice", "choices": ["float", "half"], "default": "None"},
    "free": {"kind": "text", "default": "'a'"},
    "seed": {"kind": "int", "default": "None"},
    "cache-bytes": {"kind": "size", "default": "4"},
    "share": {"kind": "float", "default": "0.9"},
    "inner-config": {"kind": "keys", "keys": ["backend", "level"]},
    "options": {"kind": "keys"},
    "overrides": {"kind": "keys", "default": "None"},
    "names": {"kind": "text", "many": True, "default": "None"},
    "sizes": {"kind": "int", "many": True, "default": "None"},
    "length": {"kind": "size", "default": "None"},
    "path": {"kind": "text", "default": "None"},
    "log": {"kind": "switch"},
    "device": {"kind": "choice", "choices": ["auto", "cpu"]},
    "port": {"kind": "int"},
    "allowed-origins": {"kind": "json"},
    "middleware": {"kind": "text"},
    "headless": {"kind": "flag"},
    "api-server-count": {"kind": "int"},
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path: Path = tmp_path_factory.mktemp("sdist") / "vllm-1.2.3.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, text in {**FILES, "tests/vllm/x.py": "(", "setup.py": "("}.items():
            info = tarfile.TarInfo(f"vllm-1.2.3/{name}")
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return Source(path)


@pytest.mark.parametrize("name", FOUND)
def test_a_flag_is_found_with_what_it_takes(source: Source, name: str) -> None:
    assert flags(source)[name] == FOUND[name]


def test_nothing_else_is_called_a_flag(source: Source) -> None:
    assert set(flags(source)) == set(FOUND)


def test_variables_are_those_vllm_reads(source: Source) -> None:
    assert variables(source) == ["VLLM_A", "VLLM_B"]


def test_sources_built_otherwise_are_said_and_not_guessed(source: Source) -> None:
    with pytest.raises(LookupError, match=r"vllm\.envs has no FrontendArgs"):
        source.must_find("vllm.envs", "FrontendArgs")


def test_versions_that_take_the_same_are_one_span_and_a_gap_ends_it() -> None:
    spans = Spans({}, {})
    for version, found in {"1.0.0": {"a": 1, "b": 1}, "1.2.0": {"a": 1}, "1.10.0": {"a": 2, "b": 1}}.items():
        spans.add(version, "0" * 64, {name: {"kind": kind} for name, kind in found.items()}, [])
    assert spans.rows("flags") == {
        "a": [{"since": "1.0.0", "until": "1.2.0", "kind": 1}, {"since": "1.10.0", "until": "1.10.0", "kind": 2}],
        "b": [{"since": "1.0.0", "until": "1.0.0", "kind": 1}, {"since": "1.10.0", "until": "1.10.0", "kind": 1}],
    }
