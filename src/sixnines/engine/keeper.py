"""Keeps what was learned in a file, so that it survives a restart. Never on a request's path, never a reason to fail.

Written to a file beside it, flushed to the disk and renamed: a crash leaves the old one or the new one. A file that
cannot be read is set aside, and learning begins anew.
"""

import asyncio
import contextlib
import logging
import math
import os
from collections.abc import Callable
from pathlib import Path

from sixnines.clock import Clock
from sixnines.config.snapshot import Snapshot
from sixnines.routing.learned import Learned, places_of, read, written

_log = logging.getLogger("sixnines")

# What a crash may lose.
SAVE_EVERY_S = 60.0
# What is forgotten after a week need not be looked for every minute: with a thousand places that takes 17 ms.
_FORGET_EVERY_S = 3600.0
# A thousand places with four choices and all kinds of requests take a tenth of this.
_LARGEST = 256 * 1024 * 1024


class Keeper:
    """Keeps one file.

    Of several workers, each of which learns by itself, one writes it; all begin with what it holds.

    Args:
        learned: what is kept.
        path: where; its folder is made when there is something to keep.
        snapshot: the current config.
        clock: the wall clock, for what is forgotten.
        writes: this worker is the one that writes it.
    """

    def __init__(
        self, learned: Learned, path: Path, *, snapshot: Callable[[], Snapshot], clock: Clock, writes: bool = True
    ) -> None:
        self._learned = learned
        self._path = path
        self._snapshot = snapshot
        self._clock = clock
        self._writes = writes
        self._saved_changes = 0
        self._failing = False
        self._set_aside = False
        self._forgot_at = -math.inf
        self._one_at_a_time = asyncio.Lock()
        self._saving: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Go on from what the file holds."""
        try:
            data = await asyncio.to_thread(self._read)
            if data is None:
                return
            self._learned.take(read(data))
        except (OSError, ValueError) as error:
            self._set_aside = True
            _log.warning(
                "what was learned cannot be read from %s (%s): learning begins anew, and the file will be kept as %s",
                self._path, error, self._aside.name,
            )  # fmt: skip
        self._forget()

    async def run(self) -> None:
        """Save, or at least forget, now and then, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            # A file is being written to its end, whoever stops waiting for it.
            self._saving = asyncio.create_task(self.save())
            await asyncio.shield(self._saving)

    async def save(self) -> None:
        """Write what has been learned since the last time; nothing where nothing has, or where another one writes."""
        async with self._one_at_a_time:
            if self._learned.changes != self._saved_changes:
                await self._save()

    async def _save(self) -> None:
        changes = self._learned.changes
        self._forget()
        if not self._writes:
            self._saved_changes = changes
            return
        pieces: list[bytes] = []
        for piece in written(self._learned):
            pieces.append(piece)
            await asyncio.sleep(0)  # model calls go first
        try:
            await asyncio.to_thread(self._write, pieces)
        except OSError as error:
            if not self._failing:  # once, not every minute
                _log.warning("what was learned cannot be kept in %s: %s", self._path, error.strerror or error)
            self._failing = True
            return
        self._saved_changes = changes
        if self._failing:
            self._failing = False
            _log.info("what is learned is kept in %s again", self._path)

    def _forget(self) -> None:
        now = self._clock.unix_s()
        if now - self._forgot_at > _FORGET_EVERY_S:
            self._forgot_at = now
            self._learned.forget(places_of(self._snapshot()), now)

    @property
    def _aside(self) -> Path:
        return self._path.with_name(f"{self._path.name}.unreadable")

    def _read(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                data = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        if len(data) > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST} bytes")
        return data

    def _write(self, pieces: list[bytes]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._set_aside:
            with contextlib.suppress(FileNotFoundError):
                self._path.replace(self._aside)
            self._set_aside = False
        # Several processes may keep the same file: each writes one of its own, and the last one to rename it wins.
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            with beside.open("wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()
        _flush_folder(self._path.parent)


def _flush_folder(folder: Path) -> None:
    """Have the disk know the new name too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
