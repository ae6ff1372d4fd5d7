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
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_KEY = re.compile(r"""("[^"]*"|'[^']*'|[^\s"'#,\[\]{}-][^"'#,\[\]{}]*?)[ ]*:(?=\s|$)""")
# What may stand in front of a key or item without being text itself.
_PUNCTUATION = " \t-?{}[],"
# Values that are no secret whatever their key is: nothing, null, the start of a mapping, references, and parts of 1,
# which stand behind names (targets).
_PART = r"(?:[-+]?[01]?\.[0-9]{1,4}|[01]|\.nan|\.inf)[ ,}\]]*"
_REFERENCE = r"""["']?(?:env:\w+|file:[\w./-]+)["']?"""
_HARMLESS = re.compile(rf"(?:|null|~|{_PART}|\{{.*|(?:{_REFERENCE}|\[(?:{_REFERENCE}[ ,]*)*\])[ ,}}\]]*)")


def redact(lines: Sequence[str], index: int) -> str:
    """Line `index` of `lines`, fit to be shown. What is left of it stands in the columns in which it stood."""
    line = _COMMENT.sub("", lines[index]).rstrip()
    keys = list(_KEY.finditer(line))
    front = line[: keys[0].start()] if keys else line
    if front.strip(_PUNCTUATION) and not _is_plain(_owner(lines, index)):
        return line[: _indentation(line)] + _MASK
    for number, found in enumerate(keys):
        end = keys[number + 1].start() if number + 1 < len(keys) else len(line)
        value = line[found.end() : end].strip(" ,")
        if not _is_plain(found.group(1)) and not _HARMLESS.fullmatch(value):
            return line[: found.end()] + " " + _MASK
    return CREDENTIAL.sub(lambda found: "*" * len(found.group()), line)


def _owner(lines: Sequence[str], index: int) -> str | None:
    """The key that a line without a key belongs to: the last one before it that is not indented deeper."""
    indentation = _indentation(lines[index])
    for line in reversed(lines[:index]):
        keys = [found.group(1) for found in _KEY.finditer(_COMMENT.sub("", line))]
        if keys and _indentation(line) <= indentation:
            return keys[-1]
    return None


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
