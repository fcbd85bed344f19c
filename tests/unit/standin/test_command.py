"""The stand-in takes every command line that is rendered, and none that vLLM 0.30 does not take."""

import pytest

from lab.gpus.image import flags
from lab.standin.command import parse
from tests.unit.standin.conftest import words

HOSTS = ("spark", "spark-source", "calypso", "calypso-quantised")


@pytest.mark.parametrize("host", HOSTS)
def test_every_rendered_command_line_is_taken(host: str) -> None:
    args = parse(words(host), flags())
    assert args["model_tag"] == "/model"
    assert args["served-model-name"] == ["deepseek-ocr", "deepseek-ai/DeepSeek-OCR"]
    assert args["limit-mm-per-prompt"] == {"image": 1}
    assert (args["max-model-len"], args["enable-prefix-caching"], args["port"]) == (8192, False, 8000)
    assert args["quantization"] == ("fp8" if host.endswith("quantised") else None)


def test_underscores_and_sizes_are_read_as_vllm_reads_them() -> None:
    args = parse(["/model", "--max_model_len", "8K", "--gpu_memory_utilization=0.5"], flags())
    assert (args["max-model-len"], args["gpu-memory-utilization"]) == (8192, 0.5)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--swap-space=4", "unrecognized arguments: --swap-space=4"),
        ("--max-model-length=8192", "unrecognized arguments"),
        ("--max-num-seqs=many", "argument --max-num-seqs: invalid int value"),
        ("--dtype=int7", "argument --dtype: invalid choice"),
        ("--enable-prefix-caching=yes", "ignored explicit argument"),
        ("serve", "unrecognized arguments: serve"),
    ],
)
def test_what_vllm_does_not_take_ends_it(word: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["/model", word], flags())
    assert said in capsys.readouterr().err
