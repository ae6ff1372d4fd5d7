"""The course of a change and the history, as lines for people. Pure.

Never shows a control character that somebody has put into a note or a name.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sixnines.cli.columns import columns
from sixnines.client.change_words import check_words, ended_words, made_by
from sixnines.config.report import plural
from sixnines.control.events import (
    Began,
    Checked,
    CheckResult,
    CheckStatus,
    Compared,
    Diagnosed,
    Ended,
    Event,
    Evidence,
    Step,
    Warned,
    Watched,
)
from sixnines.control.plan_text import summary
from sixnines.control.revision import Entry, Outcome, Revision

_WIDTH = max(map(len, Step)) + 2
_LONGEST_NOTE = 60


def event_lines(event: Event) -> list[str]:
    """What one event looks like."""
    match event:
        case Began(step=step, message=message):
            return [f"{step:<{_WIDTH}}{plain(message)}"]
        case Checked(result=result):
            # There are many, and who looks for one of them finds it with `show`.
            return [] if result.status is CheckStatus.PASSED else [_under(check_line(result))]
        case Compared(changes=changes, risks=risks):
            told = summary(changes, risks) if changes else "only the text of the files differs"
            return [_under(told), *(_under(f"risk ({each.level}): {each.path}: {each.message}") for each in risks)]
        case Diagnosed(diagnostics=diagnostics):
            return [_under(each.render()) for each in diagnostics]
        case Warned(message=message):
            return [_under(f"warning: {message}")]
        case Watched(after_s=after_s, verdict=verdict):
            return [_under(f"after {after_s:.0f} s: {verdict}")]
        case Ended():
            return ["", ended_words(event, way_back="sixnines rollback")]


def passed_line(count: int) -> str:
    """What is said of checks that have passed."""
    return _under(plural(count, "check") + " passed")


def check_line(result: CheckResult) -> str:
    """Such as `failed   provider ollama: answers: connection refused (0.1 s)`."""
    return f"{result.status:<9}{check_words(result)}"


def history_lines(entries: Iterable[Entry]) -> list[str]:
    """A table, the newest first; the one that holds has a `*`."""
    rows: list[list[str]] = [["", "REVISION", "WHEN (UTC)", "WHO", "BY", "OUTCOME", "NOTE"]]
    rows += [_row(each) for each in entries]
    return columns(rows, indent=0, right=(1,))


def revision_lines(revision: Revision, outcome: Outcome | None, *, holds: bool) -> Iterator[str]:
    """What is known of one revision, a key a line."""
    yield f"revision:  {revision.number}{' (holds)' if holds else ''}"
    yield f"made:      {when(revision.created_unix_s)} UTC by {plain(revision.author)}, {made_by(revision)}"
    if revision.note:
        yield f"note:      {plain(revision.note)}"
    yield f"parent:    {revision.parent or 'none'}"
    yield f"digest:    {revision.digest}"
    if outcome is None:
        yield "outcome:   not known"
        return
    reason = f": {plain(outcome.reason)}" if outcome.reason else ""
    yield f"outcome:   {outcome.fate}{reason} ({when(outcome.at_unix_s)} UTC)"


def evidence_lines(evidence: Evidence) -> Iterator[str]:
    """What was found out when it was applied."""
    if evidence.changes:
        yield f"changes:   {summary(evidence.changes, evidence.risks, planned=False)}"
    for warning in evidence.warnings:
        yield f"warning:   {plain(warning)}"
    for each in evidence.checks:
        yield f"{each.step + ':':<11}{plain(check_line(each.result))}"
    if evidence.watched is not None:
        yield f"watch:     {plain(evidence.watched.verdict)}"


def when(unix_s: float) -> str:
    """Such as `2026-05-01 12:00:00`."""
    try:
        return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return "at an unknown time"


def plain(text: str) -> str:
    """`text` in one line, without what could move the cursor or turn the direction of writing."""
    return "".join(character if character.isprintable() else " " for character in text)


def _under(text: str) -> str:
    return " " * _WIDTH + plain(text)


def _row(entry: Entry) -> list[str]:
    mark = "*" if entry.holds else ""
    revision = entry.revision
    if revision is None:
        return [mark, str(entry.number), "", "", "", "corrupt", plain(entry.problem)]
    fate = "not known" if entry.outcome is None else str(entry.outcome.fate)
    said = entry.problem or revision.note or ("" if entry.outcome is None else entry.outcome.reason)
    outcome = "corrupt" if entry.problem else fate
    return [
        mark, str(entry.number), when(revision.created_unix_s), plain(revision.author), made_by(revision), outcome,
        plain(said) if entry.problem else _cut(plain(said)),
    ]  # fmt: skip


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NOTE else text[: _LONGEST_NOTE - 1] + "…"
