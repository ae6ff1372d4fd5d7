"""Whether the files of a config have changed, for whoever looks every second (`serve --watch`).

Never reads them: their times and sizes tell. Never says so while they still change: an editor writes in pieces, and
several files are saved one after the other.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

EVERY_S = 1.0
"""Between two looks."""

_Stamp = tuple[int, int, int] | None


class FileWatch:
    """Watches.

    Args:
        paths: the files, at this moment; a config comes to consist of other ones.
    """

    def __init__(self, paths: Callable[[], Iterable[Path]]) -> None:
        self._paths = paths
        self._known: dict[Path, _Stamp] = {}
        self._last = self._stamps()

    def changed(self) -> bool:
        """Whether they are other than when this was last said, and the same as at the look before this one."""
        now = self._stamps()
        settled, self._last = now == self._last, now
        if not settled or all(stamp == self._known[path] for path, stamp in now.items()):
            return False
        self._known |= now
        return True

    def _stamps(self) -> dict[Path, _Stamp]:
        now = {path: _stamp(path) for path in self._paths()}
        for path, stamp in now.items():
            self._known.setdefault(path, stamp)  # one that is new among them has not changed by that
        return now


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:  # it is not there, or must not be looked at
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
