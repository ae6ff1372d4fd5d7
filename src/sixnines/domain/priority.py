"""Who goes first where requests wait: the header `x-sixnines-priority`."""

import enum


class Priority(enum.IntEnum):
    """Smaller goes first."""

    HIGH = 0
    NORMAL = 1
    LOW = 2
    BATCH = 3


PRIORITIES = {b"high": Priority.HIGH, b"normal": Priority.NORMAL, b"low": Priority.LOW, b"batch": Priority.BATCH}
"""By the header's value, lower case."""
