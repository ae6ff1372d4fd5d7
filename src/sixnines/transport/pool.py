"""Which idle connection serves the next request to an origin.

Pure bookkeeping: opens, closes and times nothing. Newest first, so that a pool that has grown in a burst can shrink:
its older connections are left to time out.
"""

from typing import Generic, TypeVar

from sixnines.domain.origin import Origin

T = TypeVar("T")


class IdlePool(Generic[T]):
    """Idle connections by origin.

    Args:
        limit: how many to keep for one origin.

    Attributes:
        size: how many there are.
    """

    __slots__ = ("_idle", "_limit", "size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # A dict keeps its order and gives up any key at once; a deque would be searched for each that times out.
        self._idle: dict[Origin, dict[T, None]] = {}
        self.size = 0

    def put(self, origin: Origin, connection: T) -> T | None:
        """Keep `connection`. Returns the one to close for it when the origin has too many, else None."""
        idle = self._idle.setdefault(origin, {})
        idle[connection] = None
        self.size += 1
        if len(idle) <= self._limit:
            return None
        oldest = next(iter(idle))
        self.discard(origin, oldest)
        return oldest

    def take(self, origin: Origin) -> T | None:
        """Remove and return the connection that has been idle for the shortest time, or None."""
        idle = self._idle.get(origin)
        if idle is None:
            return None
        connection, _ = idle.popitem()
        self.size -= 1
        if not idle:
            del self._idle[origin]
        return connection

    def discard(self, origin: Origin, connection: T) -> None:
        """Forget `connection`, if it is here."""
        idle = self._idle.get(origin)
        if idle is None or connection not in idle:
            return
        del idle[connection]
        self.size -= 1
        if not idle:
            del self._idle[origin]
