"""Rows of words as columns, for terminals and for files that are compared."""

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[str]], *, indent: int = 2, right: Sequence[int] = ()) -> list[str]:
    """The rows as lines, each column as wide as its widest word, two spaces between.

    Args:
        rows: all of the same length.
        indent: spaces in front.
        right: indexes of the columns whose words stand at their right edge.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for row in rows:
        words = (
            word.rjust(width) if index in right else word.ljust(width)
            for index, (word, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append((" " * indent + "  ".join(words)).rstrip())
    return lines
