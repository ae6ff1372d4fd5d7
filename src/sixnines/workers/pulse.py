"""Who of the workers hangs: each turns a counter in shared memory from its event loop, and the parent looks at it.

A worker that is merely busy still comes round: its loop would have to stand still for `HUNG_S`, in which every caller
of its waits. Never judges by the clock alone: a machine that slept, or a parent that was stopped with all its workers,
has seen nobody hang. Linux stops the monotonic clock while it sleeps, others that stop a process do not.
"""

import mmap
from collections.abc import Iterable
from typing import Final

BEAT_S: Final = 1.0
"""So often a worker turns its counter."""

LOOK_S: Final = 3.0
"""So often the parent looks, ..."""

LOOKS: Final = 10
"""... and so often in a row it must have found the same."""

HUNG_S: Final = LOOK_S * LOOKS
"""No turn of the loop takes a thousandth of that: what takes long, as reading a large config, is done in threads. And
no caller has got a byte in this time, which is as long as the usual `timeouts.idle`."""

_WORD = 8


class Beats:
    """The counters, one for each worker. Each has one writer."""

    def __init__(self, workers: int) -> None:
        self._cells = memoryview(mmap.mmap(-1, workers * _WORD)).cast("Q")

    def beat(self, worker: int) -> None:
        """The loop of this worker (the first is 1) comes round."""
        self._cells[worker - 1] += 1

    def of(self, worker: int) -> int:
        """How often it has."""
        return self._cells[worker - 1]


class Pulse:
    """What the parent has seen.

    Args:
        beats: the counters.
    """

    def __init__(self, beats: Beats) -> None:
        self._beats = beats
        self._seen: dict[int, tuple[int, int]] = {}  # a worker's counter, and in how many looks it was the same
        self._due_s = 0.0

    @property
    def due_s(self) -> float:
        """When to look again, by the clock that is given to `look`."""
        return self._due_s

    def look(self, now_s: float, serving: Iterable[int]) -> list[int]:
        """The workers among `serving` that hang. Looks are `LOOK_S` apart, however late they come."""
        if now_s < self._due_s:
            return []
        self._due_s = now_s + LOOK_S
        before, self._seen = self._seen, {}
        hung: list[int] = []
        for worker in serving:
            count = self._beats.of(worker)
            last, looks = before.get(worker, (-1, 0))
            looks = looks + 1 if count == last else 0
            if looks >= LOOKS:
                hung.append(worker)
            else:
                self._seen[worker] = count, looks
        return hung
