"""A file that lines are added to, and what becomes of it when it is full. Values only."""

import msgspec


class LogFile(msgspec.Struct, frozen=True):
    """Where lines go.

    Attributes:
        path: the file; older ones stand beside it as `path.1` (the newest of them) and so on.
        max_size: bytes from which on a new file is begun.
        keep: how many older ones are kept.
    """

    path: str
    max_size: int
    keep: int
