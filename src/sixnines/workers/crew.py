"""All workers of a parent: who runs, who serves, and who serves for somebody who does not. Never starts or ends one.

A worker's sockets are served by itself or, while it is not there, by another one: whoever has connected must not wait
until it is there again.
"""

import logging
import os
import signal
from collections.abc import Sequence

from sixnines.workers.orders import Commit, Cover, Uncover
from sixnines.workers.slot import Process, Slot

_log = logging.getLogger("sixnines")


class Crew:
    """The workers that there shall be.

    Attributes:
        slots: one for each.
    """

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots = slots

    def running(self) -> list[tuple[Slot, Process]]:
        """Those that have a process."""
        return [(slot, slot.process) for slot in self.slots if slot.process is not None]

    @property
    def some_serve(self) -> bool:
        """Somebody takes connections."""
        return any(slot.serves for slot in self.slots)

    @property
    def all_serve(self) -> bool:
        """Everybody does."""
        return all(slot.serves for slot in self.slots)

    def hasten(self, due_s: float) -> None:
        """Have the one that is to be started first be started by `due_s`."""
        first = min((slot for slot in self.slots if slot.due_s is not None), key=lambda slot: slot.due_s or 0.0)
        first.due_s = min(first.due_s or 0.0, due_s)

    def arrange_cover(self) -> None:
        """See that every socket is served by its own worker if that serves, else by another one."""
        serving = {slot.number: slot for slot in self.slots if slot.serves}
        for slot in self.slots:
            if slot.cover is not None and (slot.serves or slot.cover not in serving):
                if slot.cover in serving:
                    self.tell(serving[slot.cover], Uncover(slot.number))
                slot.cover = None
            if slot.cover is None and not slot.serves and serving:
                load = {number: sum(each.cover == number for each in self.slots) for number in serving}
                chosen = min(serving, key=load.__getitem__)
                if self.tell(serving[chosen], Cover(slot.number), [sock.fileno() for sock in slot.sockets]):
                    slot.cover = chosen

    def tell(self, slot: Slot, order: Cover | Uncover | Commit, files: Sequence[int] = ()) -> bool:
        """Send an order that must not be missed: who does not take it hangs, and is killed."""
        if slot.process is None:
            return False
        sent = slot.process.line.send(order, files)
        if not sent:
            _log.error("worker %d (process %d) does not listen: killed", slot.number, slot.process.pid)
            os.kill(slot.process.pid, signal.SIGKILL)
        return sent
