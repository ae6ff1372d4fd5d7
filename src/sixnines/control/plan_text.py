"""What is different and what it can do, for people: `+`, `~`, `-` in the order of the document, and a sum.

Pure. Never shows a value but through `plan_values`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sixnines.config.diagnostics import spell
from sixnines.config.report import plural
from sixnines.control.difference import Action, Change, Edit, at_the_next_start, tally
from sixnines.control.plan_values import one_line
from sixnines.control.risks.interface import Level, Risk

SIGNS = {Action.ADDED: "+", Action.CHANGED: "~", Action.MOVED: "~", Action.REMOVED: "-"}
_COLOURS = {Action.ADDED: "\x1b[32m", Action.CHANGED: "\x1b[33m", Action.MOVED: "\x1b[33m", Action.REMOVED: "\x1b[31m"}
_LEVELS = {Level.HIGH: "\x1b[1;31m", Level.MEDIUM: "\x1b[33m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_STEP = "    "


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference.

    Attributes:
        action: which sign it bears; None: none, as it belongs to the line above.
        depth: how far it is indented, from 0.
        text: the rest.
    """

    action: Action | None
    depth: int
    text: str


def render(changes: Sequence[Change], risks: Sequence[Risk], *, colour: bool = False) -> str:
    """Paragraphs: what is different, and what it can do. Nothing for nothing."""
    text, long = "", False
    for change in changes:
        lines = [*lines_of(change)]
        # Things that are one line stand together; whatever has keys under it stands alone.
        text += "\n" if text and (long or len(lines) > 1) else ""
        text += "".join(_painted(line, colour=colour) for line in lines)
        long = len(lines) > 1
    if risks:
        text += "\nRisks\n" + "".join(_risk(each, colour=colour) for each in risks)
    return text


def summary(changes: Sequence[Change], risks: Sequence[Risk], *, planned: bool = True) -> str:
    """Such as `Plan: 2 to add, 1 to change, 0 to remove; 1 risk`."""
    counts = tally(changes)
    if planned:
        told = f"Plan: {counts.added} to add, {counts.changed} to change, {counts.removed} to remove"
    else:
        told = f"Difference: {counts.added} added, {counts.changed} changed, {counts.removed} removed"
    worst = sum(each.level is Level.HIGH for each in risks)
    if risks:
        told += f"; {plural(len(risks), 'risk')}" + (f" ({worst} high)" if worst else "")
    return told


def lines_of(change: Change) -> Iterator[Line]:
    """A thing, and under it its keys; of what is removed the name says all, and a single value needs no name."""
    if not change.name and all(not edit.path for edit in change.edits):
        for edit in change.edits:
            line = _edit(edit, "")
            yield Line(edit.action, 0, f"{change.noun}: {line.text}")
        return
    yield Line(change.action, 0, _title(change))
    if change.action is Action.REMOVED:
        return
    later = at_the_next_start((change,))
    for edit in change.edits:
        note = "  (at the next start)" if spell((change.section, *edit.path)) in later else ""
        yield from _added(edit) if change.action is Action.ADDED else [_edit(edit, note)]


def _title(change: Change) -> str:
    title = f"{change.noun} {one_line(change.name)}" if change.name else change.noun
    return title if change.at is None else f"{title}  (number {change.at + 1})"


def _added(edit: Edit) -> Iterator[Line]:
    """A key of a thing that is new; lists of sections take a line for each."""
    value, key = edit.new, spell(edit.path)
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        yield Line(None, 1, f"{key}:")
        for each in value:
            yield Line(None, 1, f"  - {one_line(each)}")
    else:
        yield Line(None, 1, f"{key}: {one_line(value)}" if key else one_line(value))


def _edit(edit: Edit, note: str) -> Line:
    key = _key(edit)
    old, new = one_line(edit.old), one_line(edit.new)
    if edit.old_is_default:
        old += " (default)"
    if edit.new_is_default:
        new += " (default)"
    said = f"{old} -> {new}"
    if edit.action is Action.ADDED:
        said = new
    elif edit.action is Action.REMOVED:
        said = old
    elif edit.action is Action.MOVED:
        note = "  (another order)"
    return Line(edit.action, 1, (f"{key}: {said}" if key else said) + note)


def _key(edit: Edit) -> str:
    if not edit.item:
        return spell(edit.path)
    return spell(edit.path[:-1]) + ("" if edit.at is None else f"[{edit.at}]")


def _painted(line: Line, *, colour: bool) -> str:
    sign = "" if line.action is None else SIGNS[line.action] + " "
    if line.action is not None and colour:
        sign = f"{_COLOURS[line.action]}{sign}{_PLAIN}"
    text = f"{_BOLD}{line.text}{_PLAIN}" if colour and line.depth == 0 else line.text
    return "  " + _STEP * line.depth + sign + text + "\n"


def _risk(risk: Risk, *, colour: bool) -> str:
    level = f"{risk.level:<6}"
    if colour:
        level = f"{_LEVELS[risk.level]}{level}{_PLAIN}"
    hint = f"; {risk.hint}" if risk.hint else ""
    return f"  {level}  {risk.path}: {risk.message}{hint}\n"
