"""What the parent does about the changes that a worker runs: it leads them, and takes back what nobody has settled.

Never decides whether a change is good: the worker that runs it does. Never leaves all workers with a config whose
change has died with its worker: the head of the store says whether it holds.
"""

import logging
from collections.abc import Callable, Sequence

from sixnines.errors import ConfigError
from sixnines.server.running import Held
from sixnines.workers.crew import Crew
from sixnines.workers.memory import Cells
from sixnines.workers.orders import Lead, Led, NotLed, Renew
from sixnines.workers.payload import read_payload
from sixnines.workers.reloading import Reloading
from sixnines.workers.slot import Slot

_log = logging.getLogger("sixnines")


class Leading:
    """See the top.

    Args:
        config: what holds, and how all come to something else.
        crew: all workers.
        cells: must have room for new providers.
        head: the revision that the store says holds; None if that is not known.
    """

    def __init__(self, config: Reloading, crew: Crew, cells: Cells, head: Callable[[], int | None]) -> None:
        self._config = config
        self._crew = crew
        self._cells = cells
        self._head = head
        self._leader: int | None = None
        self._before: Held | None = None
        self._renewing: int | None = None
        self._renewal_due = False

    @property
    def renewing(self) -> bool:
        """A worker reads the files of the config, or the first that serves will."""
        return self._renewing is not None or self._renewal_due

    def lead(self, slot: Slot, order: Lead, files: Sequence[int]) -> None:
        """A worker wants all to go by another config."""
        try:
            (file,) = files  # there is none if this process may not open another
            wanted, _ = read_payload(file)
            self._cells.add(wanted.snapshot.providers)
        except ConfigError as error:
            self._answer(slot, order.asked, error.report)
            return
        except Exception as error:  # noqa: BLE001 - a bug of ours must not end what runs
            _log.exception("a config that worker %d has sent cannot be read", slot.number)
            self._answer(slot, order.asked, f"{type(error).__name__}: {error}")
            return
        # The lock of the store lets one worker change things at a time: whoever led before this one has ended.
        if self._leader is None or (self._leader != slot.number and self._head() == self._config.held.revision):
            self._before = self._config.held
        self._leader = slot.number
        self._config.ask(wanted, self._cells.columns, lambda what: self._answer(slot, order.asked, what))

    def settled(self, slot: Slot) -> None:
        """The worker has ended its change."""
        if self._leader == slot.number:
            self._leader = self._before = None
        if self._renewing == slot.number:
            self._renewing = None

    def ended(self, slot: Slot) -> None:
        """A worker has ended. What it has changed without settling it is taken back, unless that holds already."""
        if self._renewing == slot.number:
            self._renewing = None
            _log.warning("worker %d ended while it read the config; send SIGHUP again", slot.number)
        if self._leader != slot.number or self._before is None:
            return
        before, self._leader, self._before = self._before, None, None
        aim = self._config.aims_at
        if aim.is_like(before) or self._head() == aim.revision:
            return
        _log.warning("worker %d ended in the middle of a change: all go back to the config before", slot.number)
        self._config.ask(before, self._cells.columns)

    def renew(self) -> None:
        """Have a worker read the files of the config; when there is one that serves."""
        serving = next((slot for slot in self._crew.slots if slot.serves and slot.process is not None), None)
        self._renewal_due = serving is None
        if serving is not None and serving.process is not None:
            self._renewing = serving.number
            serving.process.line.send(Renew())

    def serves(self) -> None:
        """A worker has begun to serve."""
        if self._renewal_due:
            self.renew()

    def _answer(self, slot: Slot, asked: int, what: list[str] | str) -> None:
        if slot.process is not None:
            slot.process.line.send(Led(asked, what) if isinstance(what, list) else NotLed(asked, what))
