"""What pydantic's validation errors say: which field, and what is wrong with it.

Never passes on `input`, which quotes the request. FastAPI sends the errors as a JSON list (`detail`); vLLM and
llama-cpp-python send the same list as Python text inside a message.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# More errors than these say the same thing in other words: pydantic tries every member of a union.
_SHOWN_ERRORS = 3

# The first errors stand at the beginning; behind them are inputs as long as the request.
_READ_LIMIT = 8000

# "1 validation error:" (vLLM, llama-cpp-python) and "1 validation error for ChatCompletionRequest" (pydantic itself).
_OPENING = re.compile(r"\s*\d+ validation errors?\b")
_QUOTED = r"(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")"
_ERROR = re.compile(rf"'loc': (?:\(([^)]*)\)|'([^']*)'), 'msg': {_QUOTED}")
_ELEMENT = re.compile(r"'([^']*)'|(\d+)")

# Parts of a location that name no field: where the request came from, and the variants of a union.
_ROOTS = frozenset({"body", "query", "path", "header"})
_VARIANT = re.compile(r"[A-Z]\w*|.*[\[(].*")


@dataclass(frozen=True, slots=True)
class Validation:
    """The complaint as one sentence, and the first field at fault (`messages.0.role`) if one is named."""

    message: str
    param: str | None


def read_details(details: Sequence[object]) -> Validation | None:
    """The meaning of FastAPI's `detail` list; None if it is not one."""
    return _summary(_pairs(details))


def read_text(message: str) -> Validation | None:
    """The meaning of the same errors as Python text; None if `message` is something else."""
    if _OPENING.match(message) is None:
        return None
    return _summary(
        (_elements(loc) if loc else str_loc.split("."), single or double)
        for loc, str_loc, single, double in _ERROR.findall(message[:_READ_LIMIT])
    )


def _pairs(details: Sequence[object]) -> Iterator[tuple[Sequence[object], str]]:
    for detail in details:
        if isinstance(detail, dict) and isinstance(detail.get("msg"), str):
            loc = detail.get("loc")
            yield (loc if isinstance(loc, list) else (), detail["msg"])


def _elements(loc: str) -> list[str]:
    return [name or number for name, number in _ELEMENT.findall(loc)]


def _summary(errors: Iterable[tuple[Sequence[object], str]]) -> Validation | None:
    """One sentence about the first errors that differ."""
    params: list[str] = []
    complaints: list[str] = []
    for loc, complaint in errors:
        param = _field(loc)
        sentence = f"{param}: {complaint}" if param else complaint
        if sentence not in complaints:
            complaints.append(sentence)
            params.append(param)
    if not complaints:
        return None
    more = len(complaints) - _SHOWN_ERRORS
    message = "; ".join(complaints[:_SHOWN_ERRORS]) + (f"; and {more} more" if more > 0 else "")
    return Validation(message, params[0] or None)


def _field(loc: Sequence[object]) -> str:
    """A location as callers write it: `('body', 'messages', 0, 'UserMessage', 'role')` is `messages.0.role`."""
    parts = [str(part) for part in loc]
    if parts and parts[0] in _ROOTS:
        parts = parts[1:]
    named = [part for part in parts if not _VARIANT.fullmatch(part)]
    # A location that is only a number is the place where JSON broke, not a field.
    return "" if all(part.isdigit() for part in named) else ".".join(named)
