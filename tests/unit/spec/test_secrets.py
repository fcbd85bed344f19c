"""Where secrets are kept: a store that needs a description has one, and no value can stand there."""

from typing import Any

import pytest

from ocrfleet.spec.secrets import Secrets
from tests.unit.spec.files import FILE, LAB, parse, problems, with_values

RECIPIENT = "age1" + "q" * 58
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7u2q0m5y0m5y0m5y0m5y0m5y0m5y0m5y0m5y0m5y0m me@here"


def test_without_a_word_pulumi_keeps_them() -> None:
    assert parse(LAB).secrets == Secrets()
    assert Secrets().store == "config"


def test_every_store_can_be_described_beside_the_one_in_use() -> None:
    esc = {"environment": "goldfish/ocrfleet/spark", "url": "https://esc.goldfish.io"}
    age = {"recipients": [RECIPIENT, SSH], "identity_file": "~/.ssh/id_ed25519"}
    found = parse(with_values({"secrets": {"store": "env", "esc": esc, "age": age}})).secrets
    assert (found.store, found.esc and found.esc.environment) == ("env", "goldfish/ocrfleet/spark")
    assert found.age
    assert found.age.recipients == (RECIPIENT, SSH)


@pytest.mark.parametrize("store", ["esc", "age"])
def test_a_store_that_needs_a_description_has_one(store: str) -> None:
    (problem,) = problems(with_values({"secrets": {"store": store}}))
    assert problem.startswith(f"{FILE}:")
    assert problem.endswith(f"secrets.store: expected secrets.{store} beside it, which says where")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("store", "vault"),
        ("esc", {"environment": "ocrfleet/spark"}),
        ("esc", {"environment": "goldfish/ocrfleet/spark/../x"}),
        ("esc", {"environment": "goldfish/../spark"}),
        ("esc", {"environment": "goldfish/ocrfleet/spark", "url": "http://esc.goldfish.io"}),
        ("esc", {"environment": "goldfish/ocrfleet/spark", "url": "file://~"}),
        ("esc", {"environment": "goldfish/ocrfleet/spark", "token": "hunter2"}),
        ("age", {"recipients": []}),
        ("age", {"recipients": ["AGE-SECRET-KEY-1" + "Q" * 58]}),
        ("age", {"recipients": [RECIPIENT.upper()]}),
        ("api-key", "hunter2-hunter2-hunter2-hunter2"),
    ],
)
def test_anything_else_is_refused_and_not_repeated(path: str, value: Any) -> None:
    found = problems(with_values({"secrets": {path: value}}))
    assert found
    assert not any("hunter2" in line or "AGE-SECRET" in line for line in found)
