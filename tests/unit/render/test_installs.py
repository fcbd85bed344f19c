"""What a script or a Dockerfile installs wrongly is refused at its line; what is right is let through."""

import pytest

from ocrfleet.render.installs import lint_installs

FINE = {
    "quotes": 'pip install "vllm>=0.30"\n',
    "a pinned version": "python3 -m pip install vllm==0.30.0\n",
    "a comment": "# pip install flash-attn; torch is there\npip install einops\n",
    "a file of requirements": "pip install --no-deps --require-hashes --requirement=/build/requirements.txt\n",
    "exec form": 'RUN ["pip", "install", "transformers>=4.45.0"]\n',
    "a word with torch in it": "pip install torchmetrics einops\n",
    "a redirection elsewhere": "echo x >/tmp/y\npip install einops\n",
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_what_is_right_is_let_through(text: str) -> None:
    assert list(lint_installs(text, file="x.sh")) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("set -e\npip install \\\n  pillow \\\n  transformers>=4.45\n", 2),
        ("set -e\npip3 install vllm<1 einops\n", 2),
        ("pip install einops\n\npython3 -m pip install torch\n", 3),
        ("true\nhuggingface-cli download x/y\n", 2),
    ],
)
def test_what_is_wrong_is_told_with_the_line_it_begins_on(text: str, line: int) -> None:
    (found,) = lint_installs(text, file="x.sh")
    assert (found.file, found.line) == ("x.sh", line)
