"""The attempt machine: every rule about tries, fallback, waiting, hedging and the deadline. Events in, commands out.

Never awaits, never reads a clock, never touches a socket: the driver performs commands and reports events.

The rules:
1.  Candidates are tried in order. One that rests until a known time, or whose provider is full, is passed over until
    nobody else is left.
2.  A failure's remedy decides who may follow: nobody, any other candidate, or only one with a larger window.
3.  When nobody else is left, a candidate whose kind of failure allows it is asked again, the one that will be ready
    first: after its own word (`Retry-After`) or after a back-off with full jitter. What is ready only after the
    deadline is not waited for.
4.  A candidate that rests is tried at once rather than never: a request never fails without having asked anybody.
5.  At most `attempts` are tried, and none after the deadline. "Still loading" is no attempt: it is asked again until
    the engine has loaded or `loading_until` has passed.
6.  Where all that is left is full, the request queues (`Queue`) until a place comes free; a full provider is no
    attempt either.
7.  A hedge asks one more candidate, once, when the first has been silent for long.
8.  Repetitions and hedges have budgets that are not this request's alone: the driver may refuse one (`refused`), and
    it is as if it had not been thought of.
9.  The first content wins; the other call is cancelled before it is delivered. After that nothing is tried any more.
10. The machine ends exactly once, with `Deliver` or `GiveUp`; when the caller leaves it ends with `GiveUp(None)`.
11. A caller is told the failure that helps most: his own fault, else "too long", else the first provider's.
"""

from collections.abc import Callable, Sequence

import msgspec

from sixnines.config.snapshot import AttemptLimits
from sixnines.domain.candidate import Facts
from sixnines.domain.failure import Again, Failure, FailureKind, Remedy


class Try(msgspec.Struct, frozen=True, gc=False):
    """Call the candidate with this index; `hedge` if another call is under way, `again` if it has been called."""

    candidate: int
    hedge: bool = False
    again: bool = False


class Deliver(msgspec.Struct, frozen=True, gc=False):
    """Pass this candidate's answer to the caller."""

    candidate: int


class Cancel(msgspec.Struct, frozen=True, gc=False):
    """Stop the call of this candidate."""

    candidate: int


class Wake(msgspec.Struct, frozen=True, gc=False):
    """Call `woke` at this monotonic time, if nothing else happens before."""

    at: float


class Queue(msgspec.Struct, frozen=True, gc=False):
    """Wait for a place at the provider of any of these, until this monotonic time; then `placed` or `unplaced`."""

    candidates: tuple[int, ...]
    until: float


class GiveUp(msgspec.Struct, frozen=True):
    """No answer; None when the caller has left."""

    failure: Failure | None


Command = Try | Deliver | Cancel | Wake | Queue | GiveUp


class Machine:
    """One request's attempts.

    Args:
        candidates: what is known of each, best first.
        limits: how often and how quickly to try.
        jitter: a random number from 0 to 1.
        deadline_at: monotonic seconds after which nothing is tried.
        hedge_after_s: the silence after which a second candidate is asked; None for never.
    """

    __slots__ = (
        "_calls", "_candidates", "_deadline_at", "_ended", "_failures", "_flying", "_full", "_hedge_after_s",
        "_jitter", "_limits", "_loading", "_loading_until", "_next", "_patient", "_queued", "_ready", "_started",
        "_tries", "_window_floor",
    )  # fmt: skip

    def __init__(
        self,
        candidates: Sequence[Facts],
        limits: AttemptLimits,
        jitter: Callable[[], float],
        *,
        deadline_at: float,
        hedge_after_s: float | None = None,
    ) -> None:
        self._candidates = candidates
        self._limits = limits
        self._jitter = jitter
        self._deadline_at = deadline_at
        self._hedge_after_s = hedge_after_s  # None once it has been used
        self._started = self._ended = False
        self._next = 0  # the first that has not been considered
        self._tries = 0  # calls that count
        self._flying: tuple[int, ...] = ()
        self._failures: list[Failure] = []
        self._window_floor: int | None = None
        self._calls: dict[int, int] = {}  # of candidates that have failed: how many calls each got
        self._ready: dict[int, float] = {}  # those that may be asked once more, or later, and when
        self._loading: set[int] = set()  # those whose last word was that they are loading
        self._loading_until = 0.0
        self._full: tuple[int, ...] = ()  # those whose provider had no place
        self._patient = False  # it queues although others could be asked
        self._queued = False  # it has queued for all that was left

    # Events.

    def start(self, now: float) -> tuple[Command, ...]:
        """The request has been planned."""
        if self._started or self._ended:
            raise RuntimeError("a machine starts once")
        self._started = True
        self._loading_until = now + self._limits.loading_s
        return self._advance(now)

    def failed(self, candidate: int, failure: Failure, now: float) -> tuple[Command, ...]:
        """The call of `candidate` failed before its first content."""
        if self._ended or candidate not in self._flying:
            return ()
        self._flying = tuple(each for each in self._flying if each != candidate)
        self._failures.append(failure)
        remedy = failure.remedy
        if remedy is Remedy.NONE:
            return self._give_up(failure)
        if remedy is Remedy.LARGER_WINDOW:
            window = self._candidates[candidate].window
            if window is not None:
                self._window_floor = max(window, self._window_floor or 0)
        self._note_when_ready(candidate, failure, now)
        return () if self._flying else self._advance(now)

    def full(self, candidate: int, now: float) -> tuple[Command, ...]:
        """The provider of `candidate` has no place for the call that was commanded; nothing was sent."""
        if self._ended or candidate not in self._flying:
            return ()
        self._flying = tuple(each for each in self._flying if each != candidate)
        self._tries -= 1
        self._full = (*self._full, candidate)
        if self._flying:  # a hedge that finds no room is no hedge
            return ()
        patience_s = self._candidates[candidate].queue_wait_s
        if patience_s > 0 and self._next < len(self._candidates):
            self._patient = True
            return (Queue(self._full, min(now + patience_s, self._deadline_at)),)
        return self._advance(now)

    def placed(self, candidate: int, now: float) -> tuple[Command, ...]:
        """A place for `candidate` has come free and is kept for it."""
        if self._ended or candidate not in self._full:
            return ()
        self._patient = False
        self._full = tuple(each for each in self._full if each != candidate)
        return self._try(candidate, now)

    def unplaced(self, now: float) -> tuple[Command, ...]:
        """No place came free in time, or the queues are full as well."""
        if self._ended:
            return ()
        if self._patient:
            self._patient = False
        else:
            self._queued = True
            self._full = ()
        return self._advance(now)

    def refused(self, candidate: int, now: float) -> tuple[Command, ...]:
        """The budget for repetitions or hedges does not allow the call that was commanded; nothing was sent."""
        if self._ended or candidate not in self._flying:
            return ()
        self._flying = tuple(each for each in self._flying if each != candidate)
        self._tries -= 1
        if self._flying:
            self._next = candidate  # a hedge: the candidate is as fresh as before
            return ()
        return self._advance(now)

    def woke(self, now: float) -> tuple[Command, ...]:
        """The time of a `Wake` has come."""
        if self._ended:
            return ()
        return self._hedge(now) if self._flying else self._advance(now)

    def first_content(self, candidate: int) -> tuple[Command, ...]:
        """The call of `candidate` brought content, or a complete answer: the commit point."""
        if self._ended or candidate not in self._flying:
            return (Cancel(candidate),)
        self._ended = True
        if len(self._flying) == 1:
            return (Deliver(candidate),)
        return (*(Cancel(each) for each in self._flying if each != candidate), Deliver(candidate))

    def client_gone(self) -> tuple[Command, ...]:
        """The caller left."""
        if self._ended:
            return ()
        self._ended = True
        return (*(Cancel(each) for each in self._flying), GiveUp(None))

    # Rules.

    def _advance(self, now: float) -> tuple[Command, ...]:
        """Nothing is under way: what comes next."""
        if self._tries < self._limits.attempts and now < self._deadline_at:
            fresh = self._fresh(now)
            if fresh is not None:
                return self._try(fresh, now)
            if self._full:
                return (Queue(self._full, self._deadline_at),)
            return self._again(now)
        return self._give_up(self._verdict(now))

    def _fresh(self, now: float) -> int | None:
        """The next candidate that has not been tried and can be asked now; those that rest are noted for later."""
        while self._next < len(self._candidates):
            candidate = self._next
            self._next += 1
            if not self._fits(candidate):
                continue
            ready_at = self._candidates[candidate].ready_at
            if ready_at <= now:
                return candidate
            self._ready[candidate] = ready_at
        return None

    def _again(self, now: float) -> tuple[Command, ...]:
        """Everybody was asked or rests: the one that is ready first, if there is time for it."""
        while self._ready:
            candidate = min(self._ready, key=lambda each: (self._ready[each], each))
            ready_at = self._ready[candidate]
            untried = candidate not in self._calls
            if not self._fits(candidate):
                del self._ready[candidate]
            elif ready_at < self._deadline_at and ready_at > now:
                return (Wake(ready_at),)
            elif ready_at <= now or (untried and not self._failures):  # rule 4
                return self._try(candidate, now)
            else:
                break
        return self._give_up(self._verdict(now))

    def _try(self, candidate: int, now: float) -> tuple[Command, ...]:
        self._ready.pop(candidate, None)
        self._flying = (candidate,)
        self._tries += 1
        # Looking whether an engine has loaded costs it nothing: that is no repetition.
        command = Try(candidate, again=candidate in self._calls and candidate not in self._loading)
        if self._hedge_after_s is None:
            return (command,)
        return (command, Wake(now + self._hedge_after_s))

    def _hedge(self, now: float) -> tuple[Command, ...]:
        if self._hedge_after_s is None or self._tries >= self._limits.attempts or now >= self._deadline_at:
            return ()
        candidate = self._fresh(now)
        if candidate is None:
            return ()
        self._hedge_after_s = None
        self._flying = (*self._flying, candidate)
        self._tries += 1
        return (Try(candidate, hedge=True),)

    def _note_when_ready(self, candidate: int, failure: Failure, now: float) -> None:
        """Whether and when `candidate` may be asked once more, should nobody else answer."""
        calls = self._calls[candidate] = self._calls.get(candidate, 0) + 1
        limits = self._limits
        again = failure.rule.again
        self._loading.discard(candidate)
        if failure.kind is FailureKind.LOADING:
            self._tries -= 1
            if now + (failure.rest_s or 0.0) >= self._loading_until:
                return
            self._loading.add(candidate)
        if again is Again.NEVER or failure.elsewhere:
            return
        longest_s = min(limits.max_backoff_s, limits.backoff_s * 2 ** min(calls - 1, 30))
        if again is Again.BACKOFF:
            self._ready[candidate] = now + longest_s * self._jitter() + (failure.retry_after_s or 0.0)
            return
        rest_s = failure.rest_s or 0.0
        # Not all who were told the same time at the same moment come back at the same moment.
        self._ready[candidate] = now + rest_s + min(longest_s, rest_s) * self._jitter()

    def _fits(self, candidate: int) -> bool:
        """After a context failure only a larger window helps; an undeclared one may be larger."""
        window = self._candidates[candidate].window
        return self._window_floor is None or window is None or window > self._window_floor

    def _verdict(self, now: float) -> Failure:
        if not self._failures:
            if now >= self._deadline_at and not self._queued:
                return Failure(FailureKind.TRANSPORT, "The deadline passed before a provider could be asked.")
            return Failure(FailureKind.CAPACITY, "Every provider of this model serves as many requests as it may.")
        for helpful in (FailureKind.CALLER, FailureKind.CONTEXT):
            for failure in self._failures:
                if failure.kind is helpful:
                    return failure
        return self._failures[0]

    def _give_up(self, failure: Failure) -> tuple[Command, ...]:
        self._ended = True
        return (*(Cancel(each) for each in self._flying), GiveUp(failure))
