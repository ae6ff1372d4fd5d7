"""Plain data as YAML that people read: comments where they belong, short mappings on one line.

Never writes a scalar that YAML 1.1 and YAML 1.2 read differently.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from sixnines.config.diagnostics import DocumentPath

Plain = None | bool | int | float | str | Sequence["Plain"] | Mapping[str, "Plain"]
Comments = Mapping[DocumentPath, Sequence[str]]

# What both versions of YAML read as text whatever stands around it.
_SAFE = re.compile(r"[A-Za-z/][A-Za-z0-9_./+@-]*|[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_WIDTH = 120  # columns
_INDENT = "  "


def render_yaml(data: Mapping[str, Plain], comments: Comments | None = None, *, head: Sequence[str] = ()) -> str:
    """`data` as a YAML document.

    Args:
        data: the keys of the document.
        comments: lines that are put above what stands at a path.
        head: lines of the comment at the top.
    """
    writer = _Writer(comments or {})
    lines = [_comment(line) for line in head]
    for key, value in data.items():
        section = [*writer.comment((key,), ""), *writer.entry(scalar(key), value, (key,), "", top=True)]
        many = isinstance(value, (dict, list)) and len(section) > 1
        lines += ["", *section] if many and lines else section
    return "\n".join(lines) + "\n"


def scalar(value: Plain) -> str:
    """One scalar: as JSON unless it is a plain word."""
    match value:
        case str(text) if _SAFE.fullmatch(text) and text.lower() not in _WORDS:
            return text
        case str(text):
            return json.dumps(text, ensure_ascii=not text.isprintable())
        case bool() | None:
            return json.dumps(value)
        case float(number):
            return format(Decimal(repr(number)).normalize(), "f")  # YAML 1.1 takes 1e-06 for text
        case _:
            return str(value)


class _Writer:
    def __init__(self, comments: Comments) -> None:
        self._comments = comments
        self._commented_within = {path[:end] for path in comments for end in range(len(path))}

    def comment(self, path: DocumentPath, indentation: str) -> list[str]:
        return [indentation + _comment(line) for line in self._comments.get(path, ())]

    def entry(self, key: str, value: Plain, path: DocumentPath, indentation: str, *, top: bool = False) -> list[str]:
        """The lines of `key: value`."""
        if not isinstance(value, (Mapping, Sequence)) or isinstance(value, str):
            return [f"{indentation}{key}: {scalar(value)}"]
        flow = self._flow(value, path, len(indentation) + len(key) + 2)
        if flow is not None and not (top and isinstance(value, Mapping) and value):
            return [f"{indentation}{key}: {flow}"]
        return [f"{indentation}{key}:", *self._block(value, path, indentation + _INDENT)]

    def _block(self, value: "Mapping[str, Plain] | Sequence[Plain]", path: DocumentPath, indentation: str) -> list[str]:
        lines: list[str] = []
        if isinstance(value, Mapping):
            for key, item in value.items():
                here = (*path, key)
                lines += [*self.comment(here, indentation), *self.entry(scalar(key), item, here, indentation)]
            return lines
        for index, item in enumerate(value):
            here = (*path, index)
            lines += self.comment(here, indentation)
            inner = self._item(item, here, indentation)
            lines += inner
        return lines

    def _item(self, item: Plain, path: DocumentPath, indentation: str) -> list[str]:
        if not isinstance(item, (Mapping, Sequence)) or isinstance(item, str):
            return [f"{indentation}- {scalar(item)}"]
        flow = self._flow(item, path, len(indentation) + 2)
        if flow is not None:
            return [f"{indentation}- {flow}"]
        inner = self._block(item, path, indentation + _INDENT)
        first = next(number for number, line in enumerate(inner) if not line.lstrip().startswith("#"))
        inner[first] = f"{indentation}- {inner[first].lstrip()}"
        return inner

    def _flow(self, value: Plain, path: DocumentPath, used: int) -> str | None:
        """`value` on one line, if it fits behind `used` columns and nothing in it has a comment."""
        if path in self._commented_within:
            return None
        text = _flow_text(value)
        short = used + len(text) <= _WIDTH
        return text if short or text in {"{}", "[]"} else None


def _flow_text(value: Plain) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {_flow_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_flow_text(item) for item in value) + "]"
    return scalar(value)


def _comment(line: str) -> str:
    """`line` behind a number sign: nothing in it can end the comment."""
    return "# " + "".join(each if each.isprintable() else " " for each in line) if line else "#"
