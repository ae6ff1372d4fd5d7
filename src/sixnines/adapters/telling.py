"""The report of a translation, for people and for programs. Pure."""

from collections.abc import Sequence

import msgspec

from sixnines.adapters.ledger import Entry, Fate, counts

_TITLES = {
    Fate.DROPPED: "dropped: nothing of it is kept",
    Fate.APPROXIMATED: "approximated: something of it is kept, not all",
    Fate.TRANSLATED: "translated",
}


class _Report(msgspec.Struct, frozen=True):
    counts: dict[str, int]
    entries: Sequence[Entry]


def report_text(entries: Sequence[Entry], subject: str) -> str:
    """What needs a look first; each key with its place.

    Args:
        entries: the report.
        subject: what was translated.
    """
    lines: list[str] = []
    for fate, title in _TITLES.items():
        chosen = [each for each in entries if each.fate is fate]
        if chosen:
            lines += [title, *(line for each in chosen for line in _lines(each)), ""]
    return "\n".join([*lines, report_summary(entries, subject), ""])


def report_summary(entries: Sequence[Entry], subject: str) -> str:
    """Such as `config.yaml: 31 keys: 20 translated, 7 approximated, 4 dropped`."""
    numbers = ", ".join(f"{number:,} {fate}" for fate, number in counts(entries).items())
    return f"{subject}: {len(entries):,} {'key' if len(entries) == 1 else 'keys'}: {numbers}"


def report_json(entries: Sequence[Entry]) -> str:
    """`counts` by fate, and `entries` with the attributes of `Entry`."""
    report = _Report({str(fate): number for fate, number in counts(entries).items()}, entries)
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def _lines(entry: Entry) -> list[str]:
    to = f" -> {entry.to}" if entry.to else ""
    first = f"  {entry.file}:{entry.line}:{entry.column}: {entry.path or '(the whole file)'}{to}"
    return [first, f"      {entry.reason}"] if entry.reason else [first]
