"""Ten thousand edges: at no call of any is a name open to anybody."""

from tests.loopback.cloudflare.test_exposure import play


def test_no_name_of_ten_thousand_edges_is_open_at_any_call() -> None:
    play(10_000, seed=6)
