"""The last requests, for the operator who asks what happened: two bounded rings, filled on the request path.

Never holds a body, a header, a key or a generation of the config, and never renders anything: adding is one append.
"""

import enum
from collections import deque
from collections.abc import Callable, Iterator
from heapq import merge
from itertools import islice
from typing import Final

import msgspec

from sixnines.dialects.neutral import Usage
from sixnines.domain.attempt import Attempt, Skipped
from sixnines.domain.operation import Operation
from sixnines.routing.lessons import Opinion

# An entry takes 0.7 KiB with one attempt (measured with tracemalloc on Python 3.11), and 0.3 KiB to 0.8 KiB more with
# every attempt that failed. Nothing in it grows with what a caller or a provider sends: names have at most 200
# characters, a failure's message 500, and there are as many attempts as config allows and as many passed over as it has
# deployments. So the rings take less than 1 MiB where all is well, and 4 MiB where every request fails four times.
PLANNED: Final = 1000
# Requests that were refused before they were planned have a ring of their own, so that a client with a wrong key, who
# asks again and again, cannot push out what happened to the others.
REFUSED: Final = 200


class Outcome(enum.StrEnum):
    """How a request ended, as far as its caller could tell."""

    OK = "ok"  # a complete answer
    FAILED = "failed"  # an error instead of an answer, after it was planned
    BROKEN = "broken"  # the answer had begun, and ended with an error event
    CLIENT_GONE = "client_gone"  # the caller left before the end
    REFUSED = "refused"  # an error before anything was planned: no key, no such model, a malformed request
    BUG = "bug"  # the gateway's own fault; its log has the details


# What the pipeline puts before the kind of the failure that broke an answer in the middle.
_BROKEN_PREFIX: Final = "broken_"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What is kept of one request.

    Attributes:
        id: the request id that the caller was told.
        operation: what was asked for.
        asked: the model's name as the caller wrote it; "" if the request could not be read.
        streamed: the caller wanted a stream.
        model: the model that answered, or "".
        word: how the call ended: `ok`, `client_gone`, a failure kind, `broken_` and a failure kind, `refused`, `bug`.
        status: the HTTP status that was sent; 0 if none was.
        error: the code of the error that the caller was told, or None.
        attempts: what was tried, in order.
        skipped: what was passed over, and why.
        usage: tokens as the provider counted them, if it did.
        ended_unix_s: when the answer ended.
        total_s: seconds from arrival to the end of the answer.
        first_content_s: seconds from arrival to a stream's first content, 0.0 if there was none.
        revision: the one that it was served by; 0 for a config that is not recorded.
        opinion: what feedback on the answer is about; None where nothing is learned from it.
        cost_micros: what it cost in micro-dollars, rounded up, as far as that is known; None where nothing is.
    """

    id: str
    operation: Operation
    asked: str
    streamed: bool
    model: str
    word: str
    status: int
    error: str | None
    attempts: list[Attempt]
    skipped: tuple[Skipped, ...]
    usage: Usage | None
    ended_unix_s: float
    total_s: float
    first_content_s: float
    revision: int = 0
    opinion: Opinion | None = None
    cost_micros: int | None = None

    @property
    def outcome(self) -> Outcome:
        """How it ended; every word that is not known here is the kind of a failure."""
        if self.word.startswith(_BROKEN_PREFIX):
            return Outcome.BROKEN
        return Outcome(self.word) if self.word in _WORDS else Outcome.FAILED

    @property
    def kind(self) -> str | None:
        """The kind of the failure that ended it, if one did."""
        match self.outcome:
            case Outcome.BROKEN | Outcome.FAILED:
                return self.word.removeprefix(_BROKEN_PREFIX)
            case _:
                return None


_WORDS: Final = frozenset(Outcome) - {Outcome.FAILED, Outcome.BROKEN}


class Recent:
    """The last requests that were planned, and the last that were refused before."""

    __slots__ = ("_planned", "_refused")

    def __init__(self, planned: int = PLANNED, refused: int = REFUSED) -> None:
        self._planned: deque[Entry] = deque(maxlen=planned)
        self._refused: deque[Entry] = deque(maxlen=refused)

    @property
    def capacity(self) -> int:
        """How many entries there can be."""
        return (self._planned.maxlen or 0) + (self._refused.maxlen or 0)

    def __len__(self) -> int:
        return len(self._planned) + len(self._refused)

    def add(self, entry: Entry) -> None:
        """Keep `entry`, and forget the oldest of its ring if that is full."""
        (self._refused if entry.word == "refused" else self._planned).append(entry)

    def get(self, request_id: str) -> Entry | None:
        """The entry with this request id, if it is still there. Looks through all of them."""
        return next((each for each in self._newest_first() if each.id == request_id), None)

    def list(self, limit: int, wanted: Callable[[Entry], bool] = lambda _: True) -> list[Entry]:
        """At most `limit` entries that are wanted, the one that ended last first."""
        return list(islice(filter(wanted, self._newest_first()), limit))

    def _newest_first(self) -> Iterator[Entry]:
        rings = (reversed(self._planned), reversed(self._refused))
        return merge(*rings, key=lambda each: each.ended_unix_s, reverse=True)
