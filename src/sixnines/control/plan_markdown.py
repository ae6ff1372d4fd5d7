"""What is different and what it can do, as Markdown: a comment on a pull request, a part of a deployment's record.

Pure. Never lets a name of the config become markup: it stands in code, or is escaped.
"""

from collections.abc import Iterator, Sequence

from sixnines.control.difference import Action, Change
from sixnines.control.plan_text import SIGNS, lines_of, summary
from sixnines.control.risks.interface import Risk

# GitHub paints `+`, `-` and `!` at the start of a line; `~` it does not know.
_SIGNS = SIGNS | {Action.CHANGED: "!", Action.MOVED: "!"}
_ESCAPED = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "\\|",
    "@": "&#64;",
    "`": "&#96;",
    "*": "\\*",
    "_": "\\_",
    "[": "\\[",
}


def render(changes: Sequence[Change], risks: Sequence[Risk], *, title: str, planned: bool = True) -> str:
    """A heading, the sum, a table of the risks, and the difference; `planned`: it is to be done."""
    return "\n".join([*_lines(changes, risks, title, planned=planned)]) + "\n"


def _lines(changes: Sequence[Change], risks: Sequence[Risk], title: str, *, planned: bool) -> Iterator[str]:
    yield f"### {escaped(title)}"
    yield ""
    if not changes:
        yield "No changes."
        return
    yield f"**{summary(changes, risks, planned=planned)}**"
    if risks:
        yield ""
        yield "| risk | where | what |"
        yield "| --- | --- | --- |"
        for each in risks:
            what = each.message + (f"; {each.hint}" if each.hint else "")
            yield f"| {each.level} | {code(each.path)} | {escaped(what)} |"
    yield ""
    yield "```diff"
    for change in changes:
        for line in lines_of(change):
            # A line without a sign of its own has that of its thing: all of it is new.
            sign = _SIGNS[change.action if line.action is None else line.action]
            yield f"{sign} {'    ' * line.depth}{line.text}"
    yield "```"


def escaped(text: str) -> str:
    """Text that Markdown and HTML leave alone."""
    return "".join(_ESCAPED.get(character, character) for character in text)


def code(text: str) -> str:
    """Text in code, within a table."""
    return "`" + text.replace("`", "'").replace("|", "\\|") + "`"
