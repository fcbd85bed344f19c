"""What a picture costs in tokens: vLLM's own count for DeepSeek-OCR, which cuts every page the one way (Gundam)."""

MOST_TILES, SIDE, WHOLE, TILE = 6, 640, 16, 10
SHAPES = sorted(
    {(i, j) for i in range(1, MOST_TILES + 1) for j in range(1, MOST_TILES + 1) if 1 < i * j <= MOST_TILES},
    key=lambda shape: shape[0] * shape[1],
)


def picture_tokens(width: int, height: int) -> int:
    """The whole page once, and its tiles where it is larger than one of them."""
    whole = WHOLE * (WHOLE + 1) + 1
    if width <= SIDE and height <= SIDE:
        return whole
    across, down = _tiles(width, height)
    return whole + down * TILE * (across * TILE + 1)


def _tiles(width: int, height: int) -> tuple[int, int]:
    """The shape nearest to the page's; among equals a larger one, if the page has the pixels for it."""
    best, least = (1, 1), float("inf")
    for shape in SHAPES:
        far = abs(width / height - shape[0] / shape[1])
        if far < least or (far == least and width * height > 0.5 * SIDE * SIDE * shape[0] * shape[1]):
            best, least = shape, far
    return best
