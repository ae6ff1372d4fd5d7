"""Diagnostics for people, for programs and for GitHub's annotations.

Pure. Never shows a line of a file but through `Redacted`.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sixnines.config.diagnostics import Diagnostic, Severity
from sixnines.config.redact import Redacted

_RED, _YELLOW, _DIM, _BOLD, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[1m", "\x1b[0m"
_COLOURS = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW}
_WIDEST = 160  # columns of an excerpt; a longer line would wrap and lose the caret


def in_order(diagnostics: Iterable[Diagnostic], files: Iterable[str] = ()) -> tuple[Diagnostic, ...]:
    """By file in the order of `files`, by position there, errors before warnings at the same place, each once."""
    rank = {name: number for number, name in enumerate(files)}
    unique = dict.fromkeys(diagnostics)

    def place(each: Diagnostic) -> tuple[int, int, int, str, str, str]:
        return rank.get(each.file, 0), each.line, each.column, each.severity, each.path, each.message

    return tuple(sorted(unique, key=place))


def split_lines(text: str) -> list[str]:
    """The lines of `text` as YAML counts them: other line breaks of Unicode are ordinary characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def render_text(diagnostics: Sequence[Diagnostic], lines: Mapping[str, Sequence[str]], *, colour: bool = False) -> str:
    """One paragraph for each: the message, the line, a caret. Ends with a line break unless there is nothing.

    Args:
        diagnostics: what to show.
        lines: of each file by its name; of a file that is not there no line is shown.
        colour: for a terminal.
    """
    excerpts = {name: Redacted(of_file) for name, of_file in lines.items()}
    return "".join(_paragraph(each, excerpts.get(each.file), colour=colour) for each in diagnostics)


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON array of objects with the attributes of `Diagnostic`."""
    return msgspec.json.format(msgspec.json.encode(diagnostics), indent=2).decode() + "\n"


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands of GitHub Actions, one a line: they annotate the file in a pull request."""
    return "".join(_annotation(each) for each in diagnostics)


def count(diagnostics: Iterable[Diagnostic]) -> str:
    """Such as `3 errors, 1 warning`; "" for none."""
    counts = Counter(each.severity for each in diagnostics)
    return ", ".join(plural(counts[severity], severity) for severity in Severity if counts[severity])


def plural(number: int, noun: str) -> str:
    """Such as `1 error` and `3 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _paragraph(diagnostic: Diagnostic, lines: Redacted | None, *, colour: bool) -> str:
    head, _, message = diagnostic.render().partition(f"{diagnostic.severity}: ")
    head += f"{diagnostic.severity}: "
    excerpt = [] if lines is None else _excerpt(diagnostic, lines)
    if colour:
        head = f"{_BOLD}{_COLOURS[diagnostic.severity]}{head}{_PLAIN}"
        excerpt = [f"{_DIM}{line}{_PLAIN}" for line in excerpt]
    return "\n".join([head + message, *excerpt, ""])


def _excerpt(diagnostic: Diagnostic, lines: Redacted) -> list[str]:
    """The line and a caret under the place; nothing where the line has nothing to show."""
    if not 1 <= diagnostic.line <= len(lines):
        return []
    shown = lines.line(diagnostic.line - 1)[:_WIDEST]
    if not shown.strip():
        return []
    # What is hidden ends the line, so a place beyond the end is the place of what is hidden.
    before = shown[: min(diagnostic.column - 1, len(shown))]
    margin = f"{diagnostic.line:>5} | "
    return [margin + _printable(shown), " " * (len(margin) - 2) + "| " + " " * _columns(before) + "^"]


def _printable(text: str) -> str:
    """`text` without what could move the cursor or turn the direction of writing."""
    return "".join(character if character.isprintable() else " " for character in text)


def _columns(text: str) -> int:
    """How many columns a terminal gives `text` (Unicode Standard Annex 11)."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _annotation(diagnostic: Diagnostic) -> str:
    place = f"file={_escaped(diagnostic.file, ':,')},line={diagnostic.line},col={diagnostic.column}"
    message = f"{diagnostic.path}: {diagnostic.message}" if diagnostic.path else diagnostic.message
    if diagnostic.hint:
        message += f"; {diagnostic.hint}"
    return f"::{diagnostic.severity} {place}::{_escaped(message)}\n"


def _escaped(text: str, more: str = "") -> str:
    """Escaped as GitHub's own toolkit does: `%`, line breaks, and in properties also `:` and `,`."""
    for character in "%\r\n" + more:  # the percent sign first, or it would escape the escapes
        text = text.replace(character, f"%{ord(character):02X}")
    return text
