"""Pictures cost what vLLM's own processor was seen to count for them."""

import pytest

from ocrfleet.asking.tiles import grid, picture_tokens

A4 = [(595, 842), (827, 1169), (1240, 1754), (2480, 3508)]


@pytest.mark.parametrize("size", A4)
def test_a_page_costs_the_same_at_every_resolution(size: tuple[int, int]) -> None:
    assert picture_tokens(*size) == 903
    assert grid(*size) == (2, 3)


@pytest.mark.parametrize(("size", "tokens"), [((640, 640), 273), ((1240, 640), 483), ((200, 2000), 933), ((1, 1), 273)])
def test_other_shapes_are_cut_as_is_nearest_to_them(size: tuple[int, int], tokens: int) -> None:
    assert picture_tokens(*size) == tokens


def test_no_picture_costs_more_than_the_most() -> None:
    sizes = [(w * 97, h * 89) for w in range(1, 40) for h in range(1, 40)]
    assert {273, 933} <= {picture_tokens(*size) for size in sizes}
    assert max(picture_tokens(*size) for size in sizes) == 933
