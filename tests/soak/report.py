"""A soak's figures as a table, and what was wrong as sentences."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from soak.gauges import MARGIN, MIB, TREND, Holding, growth
from soak.load import Ledger

_SHOWN = 5
_LOG_SIGNS = ("Traceback", "internal error", "never retrieved", "was destroyed", "answer aborted", "never awaited")


@dataclass(frozen=True, slots=True)
class Report:
    """What came out.

    Attributes:
        ledger: what became of the callers.
        seconds: how long they came for.
        played, moods: the faults of single requests, and those of whole engines.
        attempts: the gateway's own count of calls, by their end.
        cold, warm, after: what the gateway held before the first caller, after a warm-up, and at the end.
        memory: resident bytes while callers came, oldest first.
        engines: what each engine still worked on at the end.
        bugs: the gateway's own count of its internal errors.
        ill: what was not as good as new once all engines were well.
        log: what the gateway wrote.
    """

    ledger: Ledger
    seconds: float
    played: dict[str, int]
    moods: dict[str, int]
    attempts: dict[str, float]
    cold: Holding
    warm: Holding
    after: Holding
    memory: Sequence[int]
    engines: dict[str, int]
    bugs: float
    ill: Sequence[str]
    log: Sequence[str]

    @property
    def wrong(self) -> list[str]:
        """Everything that is not as it must be."""
        faults = self.ledger.faults
        wrong = [*faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            wrong.append(f"... and {len(faults) - _SHOWN} more answers that are neither complete nor a correct error")
        wrong += [f"not let go of: {each}" for each in self.after.over(self.cold)]
        if self.after.resident > self.warm.resident + MARGIN:
            wrong.append(f"memory: {_mib(self.after.resident)} after {_mib(self.warm.resident)} when warm")
        if growth(self.memory) > TREND:
            wrong.append(f"memory grows: by {_mib(growth(self.memory))} from the first third of the run to the last")
        wrong += [f"engine {kind} still works on {count}" for kind, count in self.engines.items() if count]
        wrong += [f"after the trouble: {each}" for each in self.ill]
        if self.bugs:
            wrong.append(f"{self.bugs:g} internal errors")
        wrong += [f"log: {line.rstrip()}" for line in self.log if any(sign in line for sign in _LOG_SIGNS)][:_SHOWN]
        return wrong

    def __str__(self) -> str:
        """The table."""
        rows = list(self._rows())
        width = max(len(name) for name, _ in rows)
        return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)

    def _rows(self) -> Iterator[tuple[str, str]]:
        ledger = self.ledger
        yield "callers", f"{ledger.callers} in {self.seconds:.0f} s ({ledger.callers / self.seconds:.1f} a second)"
        yield "", _counts(ledger.sorts)
        yield "complete", str(ledger.outcomes["complete"])
        yield "left by themselves", str(ledger.outcomes["left"])
        for prefix, what in (
            ("refused ", "errors instead of an answer"),
            ("broken ", "errors after the first content"),
        ):
            found = {name.removeprefix(prefix): n for name, n in ledger.outcomes.items() if name.startswith(prefix)}
            yield what, f"{sum(found.values())}: {_counts(found)}"
        yield "neither", str(len(ledger.faults))
        yield "faults played", f"{sum(self.played.values())}: {_counts(self.played)}"
        yield "moods of engines", f"{sum(self.moods.values())}: {_counts(self.moods)}"
        yield "calls of engines", _counts(self.attempts)
        yield "added to the first try", _latency(ledger.added)
        yield "added where it fell over", _latency(ledger.added_after_fallback)
        yield "callers came late by", f"{ledger.late * 1000:.0f} ms at most"
        yield "descriptors", f"{self.cold.descriptors} before, {self.after.descriptors} after"
        yield "tasks", f"{self.cold.tasks:g} before, {self.after.tasks:g} after"
        peak = max(self.memory, default=0)
        yield (
            "memory",
            (
                f"{_mib(self.cold.resident)} cold, {_mib(self.warm.resident)} warm, {_mib(peak)} at most, "
                f"{_mib(self.after.resident)} after, trend {growth(self.memory) / MIB:+.1f} MiB"
            ),
        )


def _latency(values: Sequence[float]) -> str:
    if not values:
        return "not measured"
    ordered = sorted(values)
    shares = (0.50, 0.95, 0.99)
    told = [f"p{share * 100:.0f} {ordered[math.ceil(share * len(ordered)) - 1] * 1000:.0f} ms" for share in shares]
    return f"{', '.join(told)} ({len(values)} answers)"


def _counts(counts: dict[str, int] | dict[str, float]) -> str:
    return ", ".join(f"{name} {count:g}" for name, count in sorted(counts.items(), key=lambda item: -item[1])) or "none"


def _mib(size: float) -> str:
    return f"{size / MIB:.1f} MiB"
