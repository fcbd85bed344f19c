"""A secret shows itself to who asks, and to nobody else."""

import json
import pickle
import subprocess
import sys
from dataclasses import dataclass

import pytest

from ocrfleet.secrets import Secret

SECRET = Secret("hunter2")


def test_no_way_of_writing_it_down_shows_it() -> None:
    @dataclass(frozen=True)
    class Around:
        secret: Secret

    texts = (repr(SECRET), str(SECRET), f"{SECRET} {SECRET!r} {SECRET:}", str({"k": SECRET}), repr(Around(SECRET)))
    assert "hunter2" not in " ".join(texts)
    for write in (json.dumps, pickle.dumps):
        with pytest.raises(TypeError):
            write(SECRET)
    with pytest.raises(TypeError):
        vars(SECRET)


def test_who_asks_gets_it() -> None:
    assert SECRET.reveal() == "hunter2"
    assert Secret("hunter2") == SECRET != Secret("hunter3")
    assert len({SECRET, Secret("hunter2")}) == 1
    assert SECRET != "hunter2"


def test_a_stack_that_needs_no_library_of_a_store_loads_none() -> None:
    program = "import sys, ocrfleet.secrets, ocrfleet.cli.secrets; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, encoding="utf-8")
    assert {"ocrfleet.secrets.config"} <= set(ran.stdout.split())
    assert not {"pulumi_esc_sdk", "urllib3", "pyrage", "ocrfleet.secrets.esc", "ocrfleet.secrets.age"} & set(
        ran.stdout.split()
    )
