"""A request that has ended, with what a line about it and its spans are made of. Values only, all of them frozen."""

from typing import Final

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.trace_context import Traced
from sixnines.engine.recent import Entry

TAIL: Final = 4096
"""Bytes of the end of an answer that are looked through. The finish reason of a whole one stands before its usage and
timings; that of a stream in one of its last events."""


class Ended(msgspec.Struct, frozen=True, gc=False):
    """One request.

    Attributes:
        entry: what is remembered of it.
        snapshot: the config that it was served by.
        trace: its place in a trace; None where nothing is traced.
        asked: the beginning of its body; b"" where that is not to be told.
        answered: the same of the answer.
        reasons: why the answer ended, as whoever read it found; None where nobody looked.
        tail: else the end of the answer, to look there; b"" where nobody listened.
    """

    entry: Entry
    snapshot: Snapshot
    trace: Traced | None = None
    asked: bytes = b""
    answered: bytes = b""
    reasons: tuple[str, ...] | None = None
    tail: bytes = b""

    @property
    def names_what_is_known(self) -> bool:
        """The name that was asked for stands in the config. Anything else may be whatever a caller has pasted."""
        return self.entry.asked in self.snapshot.models or self.entry.asked in self.snapshot.routes
