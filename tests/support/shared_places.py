"""Workers that share the places of one provider, without processes: wake-ups are delivered when the test says so."""

from sixnines.config.snapshot import QueueSettings
from sixnines.domain.priority import Priority
from sixnines.health.places import Waiter
from sixnines.health.shared_places import Row, SharedPlaces

QUEUE = QueueSettings(100, 0.0)


class Workers:
    """As many views of one provider's places.

    Attributes:
        places: one for each worker.
        wakes: the workers that have been woken and have not looked yet, in order.
        got: the names of those who got a place, in order.
        cells: taken, waiting, first.
    """

    def __init__(self, count, *, limit, queue=QUEUE, cells=list):
        self.cells = [cells([0] * count) for _ in range(3)]
        self.wakes = []
        self.got = []
        self._now_s = 0.0
        self._sizes = (limit, queue)
        self.places = [self._made(own) for own in range(count)]

    def _made(self, own):
        limit, queue = self._sizes
        return SharedPlaces(limit, queue, Row(own, *self.cells), wake=self.wakes.append, now_s=self._clock)

    def _clock(self):
        self._now_s += 0.001
        return self._now_s

    def wait(self, places, name, priority=Priority.NORMAL):
        """Let somebody wait in one worker."""
        waiter = Waiter(priority, lambda _: self.got.append(name))
        assert places.enqueue(waiter, 0)
        return waiter

    def settle(self):
        """Let everybody who was woken look, until nobody is woken any more."""
        for _ in range(10_000):
            if not self.wakes:
                return
            worker = self.wakes.pop(0)
            if self.places[worker].waiting:
                self.places[worker].look()
        raise AssertionError("they wake each other without end")

    def kill(self, worker):
        """What a parent does for a worker that has died: the cells are cleared, all are woken."""
        for cells in self.cells:
            cells[worker] = 0
        self.places[worker] = self._made(worker)
        self.wakes += range(len(self.places))
