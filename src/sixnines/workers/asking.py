"""A worker's way to have all workers go by another config: it asks the parent, which leads.

Never swaps anything itself: the parent's orders do, in this worker as in the others.
"""

import asyncio
import os

from sixnines.control.unnoticed import unnoticed
from sixnines.errors import ActivationRefused
from sixnines.server.running import Held
from sixnines.workers.line import Line
from sixnines.workers.orders import Lead, Led, NotLed, Settled
from sixnines.workers.payload import write_payload


class Asking:
    """One worker's questions.

    Args:
        line: to the parent.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._asked = 0
        self._open: dict[int, asyncio.Future[list[str]]] = {}

    async def activate(self, held: Held) -> list[str]:
        """Have all go by `held`: see `server.running.Activate`.

        Raises:
            ActivationRefused: a worker cannot, or there is no parent any more.
        """
        file = await asyncio.to_thread(_packed, held)
        self._asked += 1
        answer: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self._open[self._asked] = answer
        try:
            try:
                sent = self._line.send(Lead(self._asked), [file])
            finally:
                os.close(file)
            if not sent:
                raise ActivationRefused("the parent of the workers cannot be asked")
            return await answer
        finally:
            del self._open[self._asked]

    def settled(self) -> None:
        """The change is over, whatever came of it."""
        self._line.send(Settled())

    def heard(self, answer: Led | NotLed) -> None:
        """The parent has answered."""
        question = self._open.get(answer.asked)
        if question is None or question.done():
            return  # whoever asked has gone
        if isinstance(answer, Led):
            question.set_result(answer.keys)
        else:
            question.set_exception(ActivationRefused(answer.reason))

    def hung_up(self) -> None:
        """There is no parent any more."""
        for question in self._open.values():
            if not question.done():
                question.set_exception(ActivationRefused("the parent of the workers is gone"))


def _packed(held: Held) -> int:
    with unnoticed():
        return write_payload(held, {})
