"""What would change, for people: a line for each name that was asked for, and below it who would go where."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from sixnines.cli.columns import columns
from sixnines.engine.replay import Move, NameChanges

_MICROS = 1_000_000
# Lines that could not be read, in the text; the number says how many there are.
_SHOWN = 10


class Unread(msgspec.Struct, frozen=True):
    """A line that was passed over."""

    file: str
    line: int
    reason: str


class Replayed(msgspec.Struct, frozen=True):
    """What came of a replay.

    Attributes:
        config: the file that was tried.
        decisions: how many were replayed.
        first_at, last_at: when the first and the last of them were taken, in seconds since 1970.
        unread: lines that were passed over.
        names: what would change, by the name that was asked for.
    """

    config: str
    decisions: int
    first_at: float
    last_at: float
    unread: list[Unread]
    names: list[NameChanges]


def render(told: Replayed) -> str:
    """Some lines of text."""
    return "\n".join([*_head(told), *_summary(told), *_moves(told)]) + "\n"


def _head(told: Replayed) -> Iterator[str]:
    when = f", from {_time(told.first_at)} to {_time(told.last_at)}" if told.decisions else ""
    yield f"{_count(told.decisions, 'decision')}{when}, with {told.config}"
    if told.unread:
        yield f"passed over: {_count(len(told.unread), 'line')} that cannot be read"
        yield from (f"  {each.file}:{each.line}: {each.reason}" for each in told.unread[:_SHOWN])
        if len(told.unread) > _SHOWN:
            yield "  ..."


def _time(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _summary(told: Replayed) -> Iterator[str]:
    if not told.names:
        return
    yield ""
    rows = [("asked for", "requests", "elsewhere", "nobody", "smaller window", "cost")]
    rows += [
        (
            each.asked, f"{each.requests:,}", _part(each.elsewhere, each.requests), f"{each.nobody:,}",
            f"{each.smaller_window:,}", _cost(each.cost_before_micros, each.cost_after_micros),
        )
        for each in told.names
    ]  # fmt: skip
    yield from columns(rows, right=(1, 2, 3, 4), indent=0)


def _part(some: int, of_all: int) -> str:
    return f"{some:,} ({some / of_all:.0%})" if some else "0"


def _moves(told: Replayed) -> Iterator[str]:
    for each in told.names:
        if each.moves or each.refusals:
            yield ""
            yield each.asked
        if each.moves:
            rows: list[tuple[str, ...]] = [("from", "to", "requests", "window", "cost")]
            rows += [_row(move) for move in each.moves]
            yield from columns(rows, right=(2,))
        yield from _refusals(each)


def _refusals(changes: NameChanges) -> Iterator[str]:
    for message, count in changes.refusals.items():
        yield f"  nobody, {_count(count, 'time')}: {message}"


def _row(move: Move) -> tuple[str, ...]:
    windows = (move.window_before, move.window_after)
    changed = " -> ".join("?" if each is None else f"{each:,}" for each in windows)
    return (
        move.before or "nobody",
        move.after or "nobody",
        f"{move.requests:,}",
        changed if None not in (move.before, move.after) and windows[0] != windows[1] else "",
        _cost(move.cost_before_micros, move.cost_after_micros),
    )


def _cost(before: float | None, after: float | None) -> str:
    if before == after:
        return "not known" if before is None else f"{_dollars(before)}"
    return f"{_dollars(before)} -> {_dollars(after)}"


def _dollars(micros: float | None) -> str:
    if micros is None:
        return "not known"
    return f"${micros / _MICROS:,.4f}" if micros else "$0"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
