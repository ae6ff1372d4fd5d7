"""What ruamel.yaml's syntax errors mean for somebody who wrote a config.

Never repeats the text of the file: these messages are made before anybody knows which parts of it are secret.
"""

from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken place.

    Attributes:
        line, column: from 1.
        message: one sentence.
        hint: what to do, or None.
    """

    line: int
    column: int
    message: str
    hint: str | None = None


# What ruamel.yaml says (the start or a part of it), what we say, what to do.
_MEANINGS = (
    (r"found character '\t'", "a tab", "use spaces: YAML does not take tabs here"),
    ("that cannot start any token", "a value cannot start with this character", "put the value in quotes"),
    (
        "mapping values are not allowed",
        "a colon where no key can be",
        "mend the indentation, or put the value in quotes",
    ),
    ("sequence entries are not allowed", "a list item where there can be none", "start the list on its own line"),
    ("mapping keys are not allowed", "a key where there can be none", "mend the indentation"),
    ("expected <block end>", "does not line up with the lines above", "mend the indentation"),
    ("expected ',' or '}'", "expected , or }", "close the brace, or put a comma between the keys"),
    ("expected ',' or ']'", "expected , or ]", "close the bracket, or put a comma between the items"),
    ("found unexpected ':'", "a colon inside a value", "put the value in quotes"),
    ("found unknown escape", "an unknown escape after the backslash", "use single quotes for text with backslashes"),
    ("expected escape sequence", "an escape with too few digits", "use single quotes for text with backslashes"),
    ("undefined tag handle", "tags are not used here", "put the value in quotes"),
    ("expected the node content", "expected a value", None),
    (
        "expected '<document start>'",
        "text after the end of the document",
        "if this is a key, put a space after its colon",
    ),
)
# Where these are found says little; where the thing started says more.
_TOLD_AT_THE_START = (
    ("could not find expected ':'", "a key without its colon"),
    ("found unexpected end of stream", "a quote that is never closed"),
    ("found unexpected document separator", "a quote that is never closed"),
    ("expected ',' or ']', but got '<stream end>'", "a bracket that is never closed"),
    ("expected ',' or '}', but got '<stream end>'", "a brace that is never closed"),
)


def explain(error: MarkedYAMLError) -> Fault:
    """Where and what `error` is, in the words of this product."""
    problem = str(error.problem or error.context or "the notation is broken")
    mark = error.problem_mark or error.context_mark
    message, hint = _meaning(problem)
    for sign, told in _TOLD_AT_THE_START:
        if sign == problem and error.context_mark is not None:
            mark, message, hint = error.context_mark, told, None
    if message.startswith("expected ,") and error.context_mark is not None:
        message += f" for what begins in line {error.context_mark.line + 1}"
    if mark is None:
        return Fault(1, 1, message, hint)
    return Fault(mark.line + 1, mark.column + 1, message, hint)


def _meaning(problem: str) -> tuple[str, str | None]:
    for sign, message, hint in _MEANINGS:
        if sign in problem:
            return message, hint
    return f"not YAML: {problem}", None
