"""The attempt machine: every rule about tries, fallback and the deadline. Events in, commands out.

Never awaits, never reads a clock, never touches a socket: the driver performs commands and reports events.

The rules:
1. Candidates are tried in order, each at most once.
2. At most `attempts` are tried, and none after the deadline.
3. A failure's remedy decides what may follow: nothing, any other candidate, or only one with a larger window.
4. After the commit point (`first_content`) nothing is tried any more.
5. The machine ends exactly once, with `Deliver` or `GiveUp`; when the caller leaves it ends with `GiveUp(None)`.
6. A caller is told the failure that helps most: his own fault, else "too long", else the first provider's.
"""

from collections.abc import Sequence

import msgspec

from sixnines.domain.failure import Failure, FailureKind, Remedy


class Try(msgspec.Struct, frozen=True, gc=False):
    """Call the candidate with this index."""

    candidate: int


class Deliver(msgspec.Struct, frozen=True, gc=False):
    """Pass this candidate's answer to the caller."""

    candidate: int


class Cancel(msgspec.Struct, frozen=True, gc=False):
    """Stop the call of this candidate."""

    candidate: int


class GiveUp(msgspec.Struct, frozen=True):
    """No answer; None when the caller has left."""

    failure: Failure | None


Command = Try | Deliver | Cancel | GiveUp


class Machine:
    """One request's attempts.

    Args:
        windows: the context window of each candidate in tokens, None where it is not declared.
        attempts: how many may be tried.
        deadline_at: monotonic seconds after which nothing is tried.
    """

    __slots__ = (
        "_attempts", "_current", "_deadline_at", "_ended", "_failures",
        "_next", "_started", "_window_floor", "_windows",
    )  # fmt: skip

    def __init__(self, windows: Sequence[int | None], *, attempts: int, deadline_at: float) -> None:
        self._windows = windows
        self._attempts = attempts
        self._deadline_at = deadline_at
        self._started = self._ended = False
        self._next = 0
        self._current: int | None = None
        self._failures: list[Failure] = []
        self._window_floor: int | None = None

    def start(self, now: float) -> tuple[Command, ...]:
        """The request has been planned."""
        if self._started or self._ended:
            raise RuntimeError("a machine starts once")
        self._started = True
        return self._advance(now)

    def failed(self, candidate: int, failure: Failure, now: float) -> tuple[Command, ...]:
        """The call of `candidate` failed before its first content."""
        if self._ended or candidate != self._current:
            return ()
        self._current = None
        self._failures.append(failure)
        match failure.remedy:
            case Remedy.NONE:
                return self._give_up(failure)
            case Remedy.LARGER_WINDOW:
                window = self._windows[candidate]
                if window is not None:
                    self._window_floor = max(window, self._window_floor or 0)
            case Remedy.ANOTHER:
                pass
        return self._advance(now)

    def first_content(self, candidate: int) -> tuple[Command, ...]:
        """The call of `candidate` brought content, or a complete answer: the commit point."""
        if self._ended or candidate != self._current:
            return (Cancel(candidate),)
        self._ended = True
        return (Deliver(candidate),)

    def client_gone(self) -> tuple[Command, ...]:
        """The caller left."""
        if self._ended:
            return ()
        self._ended = True
        cancel = () if self._current is None else (Cancel(self._current),)
        return (*cancel, GiveUp(None))

    def _advance(self, now: float) -> tuple[Command, ...]:
        if len(self._failures) < self._attempts and now < self._deadline_at:
            while self._next < len(self._windows):
                candidate = self._next
                self._next += 1
                if self._fits(self._windows[candidate]):
                    self._current = candidate
                    return (Try(candidate),)
        return self._give_up(self._verdict(now))

    def _fits(self, window: int | None) -> bool:
        """After a context failure only a larger window helps; an undeclared one may be larger."""
        return self._window_floor is None or window is None or window > self._window_floor

    def _verdict(self, now: float) -> Failure:
        if not self._failures:
            if now >= self._deadline_at:
                return Failure(FailureKind.TRANSPORT, "The deadline passed before a provider could be asked.")
            return Failure(FailureKind.CAPACITY, "No provider can take this request now.")
        for helpful in (FailureKind.CALLER, FailureKind.CONTEXT):
            for failure in self._failures:
                if failure.kind is helpful:
                    return failure
        return self._failures[0]

    def _give_up(self, failure: Failure) -> tuple[Command, ...]:
        self._ended = True
        return (GiveUp(failure),)
