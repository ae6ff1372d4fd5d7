"""One request as bars on a line of time: who was asked when, and what came of it. Pure: from a trail to a drawing.

Never a bar for what was not measured: connecting, sending and waiting for the first content are told together, because
the trail has one time for them.
"""

import enum
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sixnines.client.seen import Attempt, Request
from sixnines.client.words import milliseconds, plain

WIDTH: Final = 900
_LEFT: Final = 230
_RIGHT: Final = 90
_TOP: Final = 28
_ROW: Final = 34
_BAR: Final = 16
_NARROWEST: Final = 2.0
"""What took no time at all is still to be seen."""
_STEPS: Final = (1, 2, 5)
_TICKS: Final = 6


class Part(enum.StrEnum):
    """What a stretch of time was spent with."""

    WAIT = "wait"  # nobody was asked: planning, waiting for a place, a pause before a repetition
    FIRST = "first"  # asked, until its first content
    FAILED = "failed"  # asked, until it failed
    CANCELLED = "cancelled"  # asked, until it was stopped: another one was quicker, or the caller left
    STREAM = "stream"  # from its first content to the end
    BROKEN = "broken"  # the same, of an answer that broke off


WORDS: Final = {
    Part.WAIT: "nobody asked (planning, waiting for a place, pause)",
    Part.FIRST: "connect, send, and wait for the first content",
    Part.FAILED: "until it failed",
    Part.CANCELLED: "until it was stopped",
    Part.STREAM: "from the first content to the end",
    Part.BROKEN: "from the first content until it broke off",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a row: milliseconds after arrival, and pixels."""

    part: Part
    from_ms: float
    to_ms: float
    x: float
    width: float

    @property
    def said(self) -> str:
        """In words."""
        return f"{WORDS[self.part]}: {milliseconds(self.to_ms - self.from_ms)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One attempt.

    Attributes:
        attempt: it.
        number: from 1 on.
        y: of the row's middle.
        stretches: in order of time.
        result: what came of it, in a few words.
        end_x: where its last stretch ends.
    """

    attempt: Attempt
    number: int
    y: float
    stretches: tuple[Stretch, ...]
    result: str
    end_x: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The drawing."""

    height: float
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    bar: float = _BAR
    left: float = _LEFT
    width: float = WIDTH

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those that occur, for the legend."""
        found = {stretch.part for row in self.rows for stretch in row.stretches}
        return tuple(each for each in Part if each in found)


def waterfall(request: Request) -> Waterfall | None:
    """The drawing of a request; None where nobody was asked."""
    if not request.attempts:
        return None
    end_ms = max([request.total_ms, *(each.started_ms + each.ms for each in request.attempts)]) or 1.0
    rows = tuple(_row(request, number, end_ms) for number in range(len(request.attempts)))
    return Waterfall(_TOP + len(rows) * _ROW + 8, rows, tuple(_ticks(end_ms)))


def _row(request: Request, number: int, end_ms: float) -> Row:
    attempt = request.attempts[number]
    stretches = tuple(
        Stretch(part, begin, end, _x(begin, end_ms), max(_NARROWEST, _x(end, end_ms) - _x(begin, end_ms)))
        for part, begin, end in _times(request, number)
    )
    last = stretches[-1]
    return Row(attempt, number + 1, _TOP + number * _ROW + _ROW / 2, stretches, result(attempt), last.x + last.width)


def result(attempt: Attempt) -> str:
    """What came of an attempt, in a few words."""
    if attempt.kind == "ok":
        return "answered"
    if attempt.kind == "cancelled":
        return "stopped"
    status = "" if attempt.status is None else f" ({attempt.status})"
    return plain(f"{'broke off: ' if attempt.broke else ''}{attempt.kind}{status}")


def _times(request: Request, number: int) -> Iterator[tuple[Part, float, float]]:
    """The stretches of an attempt, in milliseconds after arrival."""
    attempt = request.attempts[number]
    before = max((each.started_ms + each.ms for each in request.attempts[:number]), default=0.0)
    if attempt.started_ms > before:
        yield Part.WAIT, before, attempt.started_ms
    until = attempt.started_ms + attempt.ms
    if attempt.kind == "cancelled":
        yield Part.CANCELLED, attempt.started_ms, until
    elif attempt.kind != "ok" and not attempt.broke:
        yield Part.FAILED, attempt.started_ms, until
    else:
        yield Part.FIRST, attempt.started_ms, until
        following = next((each.started_ms for each in request.attempts[number + 1 :] if each.started_ms > until), None)
        end = request.total_ms if following is None else following
        if end > until:
            yield (Part.BROKEN if attempt.broke else Part.STREAM), until, end


def _x(at_ms: float, end_ms: float) -> float:
    return round(_LEFT + at_ms / end_ms * (WIDTH - _LEFT - _RIGHT), 1)


def _ticks(end_ms: float) -> Iterator[Tick]:
    step = 10.0 ** math.floor(math.log10(end_ms / _TICKS))
    step *= next((each for each in _STEPS if each * step * _TICKS >= end_ms), 10)
    for number in range(_TICKS + 1):
        at = number * step
        if at <= end_ms:
            yield Tick(_x(at, end_ms), _short(at))


def _short(at_ms: float) -> str:
    """A time of the axis: with as many digits as it has."""
    return f"{at_ms:g} ms" if at_ms < 1000 else f"{at_ms / 1000:g} s"  # noqa: PLR2004 - a second
