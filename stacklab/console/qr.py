"""A QR code as one SVG path: inline, without script, style or a request."""

import segno
from msgspec import Struct

QUIET = 4  # modules of white around the code (ISO/IEC 18004)


class Drawing(Struct, frozen=True):
    """`path` in units of one module, within a square of `side`."""

    side: int
    path: str


def draw(text: str) -> Drawing:
    """Raises ValueError for a text longer than a QR code can hold (about 2,300 bytes)."""
    matrix = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                runs.append(f"M{x + QUIET} {y + QUIET}h{length}v1h-{length}z")
            x += length or 1
    return Drawing(len(matrix) + 2 * QUIET, "".join(runs))
