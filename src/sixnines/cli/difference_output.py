"""How `plan` and `diff` print what they have found: for people, for programs, for a comment on a pull request."""

import enum
from collections.abc import Sequence

import msgspec

from sixnines.control import plan_markdown, plan_text
from sixnines.control.change_plan import Base, Comparison
from sixnines.control.difference import Change, Tally, tally
from sixnines.control.risks.interface import Risk


class Format(enum.StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What programs get.

    Attributes:
        old, new: what was compared, for people.
        old_revision, new_revision: None for what is no revision.
        summary: how many things are different.
        changes: what is different, in the order of the document.
        risks: what that can do, the worst first.
        next_start: keys of which the change takes effect at the next start only.
    """

    old: str
    new: str
    old_revision: Base | None
    new_revision: Base | None
    summary: Tally
    changes: Sequence[Change]
    risks: Sequence[Risk]
    next_start: Sequence[str]


def told(old: tuple[str, Base | None], new: tuple[str, Base | None], comparison: Comparison) -> Told:
    """A comparison, and what was compared: names and revisions."""
    return Told(
        old=old[0],
        new=new[0],
        old_revision=old[1],
        new_revision=new[1],
        summary=tally(comparison.changes),
        changes=comparison.changes,
        risks=comparison.risks,
        next_start=comparison.next_start,
    )


def rendered(found: Told, form: Format, *, planned: bool, colour: bool) -> str:
    """The whole output.

    Args:
        found: what is different.
        form: how it is written.
        planned: it is to be done, rather than to be looked at.
        colour: for a terminal.
    """
    heading = f"{found.new} against {found.old}" if planned else f"from {found.old} to {found.new}"
    match form:
        case Format.JSON:
            return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
        case Format.MARKDOWN:
            return plan_markdown.render(found.changes, found.risks, title=heading, planned=planned)
        case Format.TEXT:
            if not found.changes:
                return f"No changes: {found.new} means the same as {found.old}.\n"
            body = plan_text.render(found.changes, found.risks, colour=colour)
            return f"{heading}\n\n{body}\n{plan_text.summary(found.changes, found.risks, planned=planned)}\n"
