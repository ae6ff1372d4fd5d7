"""Lines of a config file as they may be shown: values of known keys that hold no secret, and nothing else.

Never shows the value of a key that it does not know: `api_kee: ...` is a misspelt key with a real secret behind it.
Works on text alone, because a file whose notation is broken has no tree. Rather hides too much than too little.
"""

import functools
import re
from collections.abc import Iterator, Sequence

from sixnines.config.diagnostics import CREDENTIAL
from sixnines.config.document import Document
from sixnines.config.shapes import Items, Named, Section, Shape, Text, TextOrSection, section_of
from sixnines.config.text_formats import TextFormat

_MASK = "***"
_LONGEST = (
    1000  # characters of a line that are looked at: an excerpt is far shorter, and the patterns below take the square
)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_KEY = re.compile(r"""("[^"]*"|'[^']*'|[^\s"'#,\[\]{}-][^"'#,\[\]{}]*?)[ ]*:(?=\s|$)""")
# What may stand in front of a key or item without being text itself.
_PUNCTUATION = " \t-?{}[],"
# Values that are no secret whatever their key is: nothing, null, the start of a mapping, references, and parts of 1,
# which stand behind names (targets).
_PART = r"(?:[-+]?[01]?\.[0-9]{1,4}|[01]|\.nan|\.inf)[ ,}\]]*"
_REFERENCE = r"""["']?(?:env:\w+|file:[\w./-]+)["']?"""
_HARMLESS = re.compile(rf"(?:|null|~|{_PART}|\{{.*|(?:{_REFERENCE}|\[(?:{_REFERENCE}[ ,]*)*\])[ ,}}\]]*)")


class Redacted:
    """Lines fit to be shown, one at a time. What is left of a line stands in the columns in which it stood."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._done: dict[int, str] = {}
        self._owners: list[str | None] = []
        # The lines with keys that later lines can belong to: each is indented deeper than the one before it.
        self._open: list[tuple[int, str | None]] = []

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int) -> str:
        """The line of this index: no more of it than its beginning, if it is very long."""
        if index not in self._done:
            self._done[index] = self._redacted(index)
        return self._done[index]

    def _redacted(self, index: int) -> str:
        line = _COMMENT.sub("", self._lines[index][:_LONGEST]).rstrip()
        keys = list(_KEY.finditer(line))
        front = line[: keys[0].start()] if keys else line
        if front.strip(_PUNCTUATION) and not _is_plain(self._owner(index)):
            return line[: _indentation(line)] + _MASK
        for number, found in enumerate(keys):
            end = keys[number + 1].start() if number + 1 < len(keys) else len(line)
            value = line[found.end() : end].strip(" ,")
            if not _is_plain(found.group(1)) and not _HARMLESS.fullmatch(value):
                return line[: found.end()] + " " + _MASK
        return CREDENTIAL.sub(lambda found: "*" * len(found.group()), line)

    def _owner(self, index: int) -> str | None:
        """The key that a line without a key belongs to: the last one before it that is not indented deeper."""
        while len(self._owners) <= index:
            self._pass(self._lines[len(self._owners)])
        return self._owners[index]

    def _pass(self, line: str) -> None:
        """Note whom `line` belongs to, and what may belong to it."""
        indentation = _indentation(line)
        owners = (key for depth, key in reversed(self._open) if depth <= indentation)
        self._owners.append(next(owners, None))
        if ":" not in line:
            return
        if len(line) > _LONGEST:
            key = None  # the last key of such a line is not looked for, so nobody knows what belongs to it
        else:
            keys = _KEY.findall(_COMMENT.sub("", line))
            if not keys:
                return
            key = keys[-1]
        while self._open and self._open[-1][0] >= indentation:
            self._open.pop()
        self._open.append((indentation, key))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_plain(key: str | None) -> bool:
    return key is not None and key.strip("\"'") in _plain_keys()


@functools.cache
def _plain_keys() -> frozenset[str]:
    """The keys whose values are no secrets."""
    return frozenset(_keys_without_secrets(section_of(Document)))


def _keys_without_secrets(section: Section) -> Iterator[str]:
    for key, field in section.fields.items():
        innermost = _innermost(field.shape)
        if isinstance(innermost, Section):
            yield from _keys_without_secrets(innermost)
        if not (isinstance(innermost, Text) and innermost.text_format is TextFormat.SECRET):
            yield key


def _innermost(shape: Shape) -> Shape:
    match shape:
        case Items(item=inner) | Named(value=inner) | TextOrSection(section=inner):
            return _innermost(inner)
        case _:
            return shape
