"""How much room is left where state is kept. Never waits for a disk that hangs: then it does not know."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# A disk that works tells at once.
_PATIENCE_S = 0.2


class Room(NamedTuple):
    """Bytes that are left for files, and the size of the file system."""

    free: int
    size: int


class RoomGauge:
    """Looks at the file system of `folder`, in a thread, and never with more than one; `look` is how."""

    def __init__(self, folder: Path | None, look: Callable[[Path], Room | None] | None = None) -> None:
        self._folder = folder
        self._how = look or _look
        self._looking: asyncio.Future[Room | None] | None = None

    async def look(self) -> Room | None:
        """What there is; None where nothing is kept, and where it cannot be told (in time)."""
        if self._folder is None:
            return None
        if self._looking is None:
            self._looking = asyncio.get_running_loop().run_in_executor(None, self._how, self._folder)
        looking = self._looking
        await asyncio.wait((looking,), timeout=_PATIENCE_S)
        if not looking.done():
            return None
        self._looking = None
        return looking.result()


def _look(folder: Path) -> Room | None:
    """At the folder, or where it will be made."""
    try:
        place = next(each for each in (folder, *folder.parents) if each.exists())
        usage = shutil.disk_usage(place)
    except (OSError, StopIteration):
        return None
    return Room(usage.free, usage.total)
