"""What is wrong with a config, as values: findings (where in the document) and diagnostics (where in the file).

Never holds a secret: text from the file goes into a message through `quoted` only.
"""

import difflib
import enum
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import msgspec

DocumentPath = tuple[str | int, ...]

_PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED_CHARACTERS = 60  # enough to recognise a value, short enough for one line
_COMPARISONS = 50_000  # of names, by which suggestions are found: a tenth of a second
# What may have been pasted where no secret belongs: credentials that can be told by how they start, JSON web tokens,
# the user of a URL, the parameters of a query.
CREDENTIAL = re.compile(
    r"\b(?:[spr]k[-_]|gsk_|hf_|gh[opsu]_|xai-|pplx-|nvapi-|r8_|AIza|AKIA|eyJ)[-_.A-Za-z0-9]{12,}"
    r"|(?<=://)[^/\s@\"']*@"
    r"|[?&][-_.A-Za-z0-9]+=[^\s\"'&]*"
)


class Severity(enum.StrEnum):
    """Errors keep a config from being used; warnings do not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a document.

    Attributes:
        severity: error or warning.
        path: keys and list indices from the root to what is wrong.
        message: one sentence, lower case, without a full stop.
        hint: what to do about it, or None.
    """

    severity: Severity
    path: DocumentPath
    message: str
    hint: str | None = None


class Diagnostic(msgspec.Struct, frozen=True, order=False):
    """Something wrong in a file.

    Attributes:
        severity: error or warning.
        file: the name as the user gave it.
        line: from 1.
        column: from 1, in characters.
        path: such as `models.chat.deployments[1].provider`; "" for the file as a whole.
        message: one sentence, lower case, without a full stop.
        hint: what to do about it, or None.
    """

    severity: Severity
    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str | None = None

    def render(self) -> str:
        """One line, as compilers write it."""
        where = f"{self.file}:{self.line}:{self.column}: {self.severity}: "
        what = f"{self.path}: {self.message}" if self.path else self.message
        return f"{where}{what}; {self.hint}" if self.hint else where + what


def error(path: DocumentPath, message: str, *, hint: str | None = None) -> Finding:
    """A finding that keeps the config from being used."""
    return Finding(Severity.ERROR, path, message, hint)


def warning(path: DocumentPath, message: str, *, hint: str | None = None) -> Finding:
    """A finding that the operator should know about."""
    return Finding(Severity.WARNING, path, message, hint)


def spell(path: DocumentPath) -> str:
    """A path as people read it: `models."llama3.1:latest".deployments[0]`."""
    text = ""
    for segment in path:
        if isinstance(segment, int):
            text += f"[{segment}]"
        else:
            plain = _PLAIN_SEGMENT.fullmatch(segment) and not CREDENTIAL.search(segment)
            text += ("." if text else "") + (segment if plain else quoted(segment))
    return text


def quoted(text: str) -> str:
    """`text` in quotes: clipped, control characters escaped, and what looks like a credential left out."""
    if CREDENTIAL.search(text):
        return '"***"'
    clipped = text if len(text) <= _QUOTED_CHARACTERS else text[:_QUOTED_CHARACTERS] + "…"
    escaped = json.dumps(clipped, ensure_ascii=False)
    return "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in escaped)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A hint with the known name that is most like `name`, or None."""
    # Without this guard a hostile megabyte of text would be compared with every known name.
    if len(name) > _QUOTED_CHARACTERS * 4:
        return None
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {quoted(found[0])}?" if found else None


class Suggestions:
    """`nearest` for name after name: each is looked for once, and not more of them than take a moment.

    A name that was removed is missed by thousands of others, and to compare takes a millisecond for 500 known names.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._made: dict[str, str | None] = {}
        self._left = _COMPARISONS // max(len(known), 1)

    def nearest(self, name: str) -> str | None:
        """A hint with the known name that is most like `name`; None if there is none, or after too many."""
        if name not in self._made and self._left:
            self._left -= 1
            self._made[name] = nearest(name, self._known)
        return self._made.get(name)
