"""Memory that a parent and its workers share: the cells by which places are counted, and what outlives a worker.

Never locked. Each cell and each keep has one writer; whoever reads takes what is there.
"""

import mmap
import struct
import zlib
from collections.abc import Iterable, Mapping

from sixnines.errors import ConfigError
from sixnines.health.shared_places import Row

_WORD = 8
_FIELDS = 3  # taken, waiting, first
# Columns that are never given to anybody else: a request may still be under way to a provider that has left the config.
_SPARE_COLUMNS = 4096


class Cells:
    """Cells for every worker and provider.

    Args:
        workers: how many there are.
        providers: of the first config; as many again, and some thousands, may come by later ones.
    """

    def __init__(self, workers: int, providers: Iterable[str]) -> None:
        self._workers = workers
        self._columns = {name: index for index, name in enumerate(providers)}
        self._capacity = 2 * len(self._columns) + _SPARE_COLUMNS
        # What nobody touches of it takes no memory.
        self._cells = memoryview(mmap.mmap(-1, self._capacity * _FIELDS * workers * _WORD)).cast("q")

    @property
    def columns(self) -> Mapping[str, int]:
        """Where the cells of each provider are."""
        return self._columns

    def add(self, providers: Iterable[str]) -> None:
        """Make room for those that are new. The parent does so, the workers `learn` it.

        Raises:
            ConfigError: there is none left; nothing has changed.
        """
        new = [name for name in providers if name not in self._columns]
        if len(self._columns) + len(new) > self._capacity:
            raise ConfigError(
                f"sixnines: more than {self._capacity} different providers since the start; "
                "restart the gateway to take up this config"
            )
        for name in new:
            self._columns[name] = len(self._columns)

    def learn(self, columns: Mapping[str, int]) -> None:
        """Know what the parent has added."""
        self._columns.update(columns)

    def row(self, provider: str, own: int) -> Row:
        """The cells of a provider, as the worker `own` (counted from 0) uses them."""
        count = self._workers
        at = self._columns[provider] * _FIELDS * count
        cells = self._cells
        return Row(
            own, cells[at : at + count], cells[at + count : at + 2 * count], cells[at + 2 * count : at + 3 * count]
        )

    def clear(self, worker: int) -> None:
        """A worker (counted from 0) is dead: it has no places, and nobody waits there."""
        count = self._workers
        for at in range(worker, len(self._columns) * _FIELDS * count, count):
            self._cells[at] = 0


class Keep:
    """Where one worker leaves its figures, or something else, and where they are found when it is gone.

    Two halves are written in turn, so that the last figures are whole whenever the writer dies.
    """

    _HEADER = struct.Struct("=QII")  # which writing this is, length, checksum
    # Figures of 10,000 models that are all in use take some megabytes. What is not written takes no memory.
    HALF = 16 * 1024 * 1024

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, 2 * self.HALF)
        self._writings = 0

    def write(self, figures: bytes) -> bool:
        """Leave figures; False if there are too many, and those before are kept."""
        if len(figures) > self.HALF - self._HEADER.size:
            return False
        self._writings += 1
        at = self._writings % 2 * self.HALF
        self._map[at : at + self._HEADER.size] = bytes(self._HEADER.size)
        self._map[at + self._HEADER.size : at + self._HEADER.size + len(figures)] = figures
        header = self._HEADER.pack(self._writings, len(figures), zlib.crc32(figures))
        self._map[at : at + self._HEADER.size] = header
        return True

    def read(self) -> bytes:
        """The last figures that are whole; b"" if there are none."""
        return max(self._half(0), self._half(self.HALF))[1]

    def take_over(self) -> bytes:
        """The figures of a predecessor; from now on those of the caller are kept here."""
        latest = max(self._half(0), self._half(self.HALF))
        self._writings = latest[0]
        return latest[1]

    def _half(self, at: int) -> tuple[int, bytes]:
        writing, length, checksum = self._HEADER.unpack_from(self._map, at)
        start = at + self._HEADER.size
        figures = self._map[start : start + min(length, self.HALF)]
        return (writing, figures) if writing and zlib.crc32(figures) == checksum else (0, b"")
