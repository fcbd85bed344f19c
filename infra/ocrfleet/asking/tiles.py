"""What a picture costs in tokens where pages are cut as DeepSeek-OCR was taught: the whole, and tiles of it."""

MOST_TILES, SIDE = 6, 640
# Tokens across the whole picture, and across one tile; every row ends with one more, and so does the whole.
WHOLE, TILE = 16, 10


def picture_tokens(width: int, height: int) -> int:
    """The tokens of one picture; one that is no larger than a tile is not cut."""
    whole = WHOLE * (WHOLE + 1) + 1
    if max(width, height) <= SIDE:
        return whole
    across, down = grid(width, height)
    return whole + down * TILE * (across * TILE + 1)


def grid(width: int, height: int) -> tuple[int, int]:
    """Into how many tiles a picture is cut: the grid most like it; of two alike, the larger if there are the pixels."""
    grids = [(a, b) for a in range(1, MOST_TILES + 1) for b in range(1, MOST_TILES + 1) if 1 < a * b <= MOST_TILES]
    chosen, least = (1, 1), float("inf")
    for across, down in sorted(grids, key=lambda one: one[0] * one[1]):
        unlike = abs(width / height - across / down)
        is_worth_it = 2 * width * height > SIDE * SIDE * across * down
        if unlike < least or (unlike == least and is_worth_it):
            chosen, least = (across, down), unlike
    return chosen
