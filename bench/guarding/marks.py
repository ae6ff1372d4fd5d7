"""How a process that callgrind watches says where one stretch of work ends and the next begins.

Imports next to nothing, because the first stretch is the start of the process.
"""

import os

MARK = "getpriority"
"""The C function that is called for it: nothing else calls it. Callgrind writes down its count and begins at zero."""
START = "`sixnines serve` until it listens"
"""The first stretch."""


class Marks:
    """The stretches of work so far, in order: name, and how many times the work was done."""

    def __init__(self) -> None:
        self.stretches: list[tuple[str, int]] = []

    def end(self, name: str, times: int) -> None:
        """What was done since the last mark is `name`, so many times."""
        self.stretches.append((name, times))
        os.getpriority(os.PRIO_PROCESS, 0)

    def skip(self) -> None:
        """What was done since the last mark is nobody's."""
        self.end("", 0)
