"""What came of the requests, counted as they end: durations, faults, who answered, and all of it over time.

Pure. Never keeps a request: memory is bounded however long a run is. A request counts in the slot in which it was due.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from sixnines.load.histogram import Histogram
from sixnines.load.judging import Fault, Wrong

SLOTS: Final = 120
"""Points of a plot at most: more would not be told apart on a phone."""
_WIDTHS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_NAMES: Final = 12
"""Providers told apart; a server could invent a name for each answer."""
OTHERS: Final = "others"
UNTOLD: Final = "not told"
"""Whoever answered without saying who it was."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request. All times are seconds from the beginning of the run.

    Attributes:
        due_s: when it was due.
        sent_s: when it was sent.
        first_s: when the first content came; None of an answer that is not streamed, or without content.
        ended_s: when the answer was whole, or given up.
        provider: who answered, as the answer says; empty if it does not.
        fault: what was wrong; None if it was right.
    """

    due_s: float
    sent_s: float
    first_s: float | None
    ended_s: float
    provider: str
    fault: Fault | None


@dataclass(slots=True)
class Slot:
    """What was due in a stretch of time.

    Attributes:
        due: requests.
        good, bad: of these, the answers that were right and wrong. Those that were given up with the run are neither.
        total: durations of the good ones, from when they were due.
        providers: good answers by who gave them.
    """

    due: int = 0
    good: int = 0
    bad: int = 0
    total: Histogram = field(default_factory=Histogram)
    providers: Counter[str] = field(default_factory=Counter)


class Tally:
    """Counts.

    Args:
        duration_s: seconds in which requests are due.

    Attributes:
        slot_s: how long a slot is.
        slots: by time; the last takes all that is later.
        due: requests that were due.
        good, bad, unfinished: what became of them; `unfinished` were under way when the run was stopped.
        first: seconds from due to the first content, of good streams.
        gaps: seconds between two pieces of content of all streams, good or not.
        total: seconds from due to the end of good answers.
        ended: the same of all answers, good or bad.
        faults: bad answers by kind.
        examples: what was said with the first of each kind.
        lateness: seconds from due to sent, of requests that did not have to wait for a place.
        held: requests that had to, because so many were open.
        most_open: the most that were open at once.
    """

    def __init__(self, duration_s: float) -> None:
        self.slot_s = next((width for width in _WIDTHS if duration_s <= SLOTS * width), duration_s / SLOTS)
        self.slots = [Slot() for _ in range(max(-int(-duration_s // self.slot_s), 1))]
        self.due = self.good = self.bad = self.unfinished = self.held = self.most_open = 0
        self.first, self.gaps, self.total, self.ended, self.lateness = (Histogram() for _ in range(5))
        self.faults: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        self._names: set[str] = set()

    def became_due(self, due_s: float) -> None:
        """A request is due; what becomes of it is told later."""
        self.due += 1
        self._slot(due_s).due += 1

    def is_over(self, outcome: Outcome) -> None:
        """An answer has come, or failed to."""
        slot = self._slot(outcome.due_s)
        took_s = outcome.ended_s - outcome.due_s
        self.ended.record(took_s)
        if outcome.fault is not None:
            self._is_bad(slot, outcome.fault)
            return
        name = self._name(outcome.provider)
        self.good += 1
        slot.good += 1
        slot.providers[name] += 1
        slot.total.record(took_s)
        self.total.record(took_s)
        if outcome.first_s is not None:
            self.first.record(outcome.first_s - outcome.due_s)

    def was_never_sent(self, due_s: float) -> None:
        """There was no place for a request until the time was over: nobody answered it."""
        self.became_due(due_s)
        self._is_bad(self._slot(due_s), Fault(Wrong.NEVER_SENT))

    def was_given_up(self) -> None:
        """A request was under way when the run was stopped."""
        self.unfinished += 1

    @property
    def providers(self) -> Counter[str]:
        """Good answers by who gave them, over all."""
        return sum((slot.providers for slot in self.slots), Counter())

    def _is_bad(self, slot: Slot, fault: Fault) -> None:
        self.bad += 1
        slot.bad += 1
        self.faults[str(fault.kind)] += 1
        self.examples.setdefault(str(fault.kind), fault.said)

    def _slot(self, due_s: float) -> Slot:
        return self.slots[min(int(due_s / self.slot_s), len(self.slots) - 1)]

    def _name(self, provider: str) -> str:
        if not provider:
            return UNTOLD
        if provider not in self._names:
            if len(self._names) >= _NAMES:
                return OTHERS
            self._names.add(provider)
        return provider
