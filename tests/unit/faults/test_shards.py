"""A campaign leaves no cell out, and no shard takes too long."""

from tests.faults.campaign import parse
from tests.faults.proof import Cell
from tests.faults.proofs import nowhere, proofs
from tests.faults.shards import SHARD_SECONDS, needed, share, weigh

WEIGHED = [(Cell("slow", "a", seed), 90.0) for seed in range(10)] + [
    (Cell("fast", "b", seed), 1.0) for seed in range(99)
]


def test_every_cell_is_in_one_shard() -> None:
    cells = [cell for shard in share(WEIGHED, 4) for cell in shard.cells]
    assert sorted(cells) == sorted(cell for cell, _ in WEIGHED)


def test_shards_take_about_as_long_as_each_other() -> None:
    seconds = [shard.seconds for shard in share(WEIGHED, 4)]
    assert max(seconds) - min(seconds) <= 90


def test_the_same_shard_always_has_the_same_cells() -> None:
    assert share(WEIGHED, 4) == share(list(WEIGHED), 4)


def test_no_shard_takes_longer_than_a_shard_may() -> None:
    weighed = weigh(proofs(nowhere))
    assert max(shard.seconds for shard in share(weighed, needed(weighed))) <= SHARD_SECONDS


def test_cells_are_distinct_and_read_as_they_are_printed() -> None:
    cells = [cell for cell, _ in weigh(proofs(nowhere))]
    assert len(set(cells)) == len(cells)
    assert [parse(str(cell)) for cell in cells] == cells


def test_what_make_test_runs_is_part_of_the_campaign() -> None:
    for proof in proofs(nowhere):
        assert set(proof.short()) <= set(proof.cells())
