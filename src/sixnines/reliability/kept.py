"""Outcomes that are counted and not in the ledger yet, up to a bound; what goes beyond it is counted as lost. Pure."""

from collections.abc import Iterable

from sixnines.domain.availability import THE_GATEWAY, Cell, Scope, Series
from sixnines.reliability.tally import Counted


class Kept:
    """Counts by minute, series and cause; nearly always of one minute, and each once.

    Attributes:
        lost: outcomes of requests that were let go of.
    """

    __slots__ = ("_cells", "_times", "lost")

    def __init__(self) -> None:
        self._cells: list[Cell] = []
        self._times = 0
        self.lost = 0

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def requests(self) -> int:
        """Outcomes of requests."""
        return sum(each.count for each in self._cells if each.series == THE_GATEWAY)

    @property
    def tells_of_requests(self) -> bool:
        """There is something beside what probes found."""
        return any(each.series.scope is not Scope.PROBES for each in self._cells)

    def add(self, minute: int, counted: Iterable[Counted], most: int) -> None:
        """Keep what was counted in a minute; at the most so many counts."""
        self.put_back([Cell(minute, *each) for each in counted], most)

    def empty(self) -> list[Cell]:
        """All of it, to be written; nothing is kept."""
        if self._times > 1:
            self._join()
        cells, self._cells, self._times = self._cells, [], 0
        return cells

    def put_back(self, cells: Iterable[Cell], most: int) -> None:
        """Keep what could not be written; at the most so many counts, the newest."""
        more = list(cells)
        if not more:
            return
        self._cells = [*self._cells, *more] if self._cells else more
        self._times += 1
        if len(self._cells) > most:
            self._join()
            self._bound(most)

    def _join(self) -> None:
        counts: dict[tuple[int, Series, str], int] = {}
        for each in self._cells:
            key = each.minute, each.series, each.cause
            counts[key] = counts.get(key, 0) + each.count
        self._cells = [Cell(*key, count) for key, count in counts.items()]
        self._times = 1

    def _bound(self, most: int) -> None:
        """Let go of the oldest minutes where there are too many counts."""
        while len(self._cells) > most:
            oldest = min(each.minute for each in self._cells)
            gone = [each for each in self._cells if each.minute == oldest]
            self._cells = [each for each in self._cells if each.minute != oldest]
            self.lost += sum(each.count for each in gone if each.series == THE_GATEWAY)
