"""The scorecard as text for a terminal and as Markdown. Pure."""

from collections.abc import Mapping, Sequence

from scorecard.expect import Ending, expected
from scorecard.judge import Seen
from scorecard.rows import Cell, Row

HEAD = ("fault", "engine", "contract", "asked for", "with an alternative", "without one")

Played = Mapping[Cell, tuple[Seen, list[str]]]


def lines(rows: Sequence[Row], played: Played) -> list[tuple[str, ...]]:
    """One line for each row and form of answer."""
    found = []
    for row in rows:
        beside = row.cells(alternative=True)
        for cell, alone in zip(beside, row.cells(alternative=False), strict=True):
            contract = str(row.contract) if cell.ends.after_content and cell.stream else "any"
            found.append(
                (
                    row.fault.name,
                    row.fault.provider_kind,
                    contract,
                    cell.form,
                    _told(cell, *played[cell]),
                    _told(alone, *played[alone]),
                )
            )
    return found


def _told(cell: Cell, seen: Seen, found: list[str]) -> str:
    """A cell in a few words: outcome, attempts, added milliseconds, breaker and state of the faulty deployment."""
    attempts = seen.answer.headers.get("x-sixnines-attempts", "?")
    told = f"{outcome(cell, seen)}; {attempts}; +{seen.added_ms:.0f} ms; {seen.faulty}"
    return f"{told} WRONG" if found else told


def outcome(cell: Cell, seen: Seen) -> str:
    """What the caller got."""
    answer = seen.answer
    if answer.cut:
        return f"cut ({answer.cut})"
    if answer.status == 200:
        ending = expected(cell).ending
        who = answer.headers.get("x-sixnines-provider", "?").partition("-")[0]
        return f"answer from {who}" if ending is not Ending.BROKEN else f"error event from {who}"
    error = answer.json().get("error")
    code = error.get("code") or error.get("type") if isinstance(error, dict) else "?"
    return f"{answer.status} {code}"


def text(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Columns, aligned."""
    widths = [max(len(line[at]) for line in (head, *body)) for at in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, ["-" * width for width in widths], *body)
    )


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table."""
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n"
        for line in (head, ["---"] * len(head), *body)
    )


def wrong(played: Played) -> list[str]:
    """All complaints, one a line."""
    return [
        f"{cell.row.id}, {cell.form}, {'with' if cell.alternative else 'without'} an alternative: {each}"
        for cell, (_, found) in played.items()
        for each in found
    ]
