"""A service travels through Pulumi as texts, and comes back as what it was."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ocrfleet.agent.names import digest, settings
from ocrfleet.plan.texts import from_texts, to_texts
from ocrfleet.provider.inputs import INPUTS
from tests.unit.plan.hosts import SERVICE, WANTED, page

words = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n")), min_size=1)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(st.sampled_from(["port", "model", "seconds", "keep"]), values)
services = st.builds(
    lambda run, proxy_run, caddyfile, gate, rest, proxy: {
        **rest,
        "run": run,
        "gate": gate,
        "proxy": {**proxy, "run": proxy_run, "caddyfile": caddyfile},
    },
    words,
    words,
    st.text(),
    mappings,
    mappings,
    mappings,
)


@given(services)
def test_reading_back_is_the_exact_inverse_of_writing(service: dict[str, Any]) -> None:
    texts = to_texts(service)
    assert set(texts) < set(INPUTS["Service"])
    assert all(isinstance(text, str) for text in texts.values())
    assert from_texts(texts, page) == service


def test_a_real_service_keeps_its_digest() -> None:
    again = {**WANTED, "service": from_texts(to_texts(SERVICE), page)}
    assert (digest(again), settings(again)) == (digest(WANTED), settings(WANTED))


def test_a_change_of_one_word_changes_one_line() -> None:
    before, after = to_texts(SERVICE)["run"], to_texts({**SERVICE, "run": [*SERVICE["run"], "--new"]})["run"]
    assert after.splitlines() == [*before.splitlines(), "--new"]
