"""A tree of nodes to the values of a Struct, with every problem of its shape at once.

Never stops at the first problem, and never follows a reference: what a name points to is for the checks. A part that
cannot be used is left out of the values.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from sixnines.config.diagnostics import Diagnostic, DocumentPath, Severity, Suggestions, nearest, quoted, spell
from sixnines.config.nodes import Mapping, Node, Scalar, Sequence, locate
from sixnines.config.quantities import render_duration, render_size
from sixnines.config.scalars import describe, describe_kind, resolve
from sixnines.config.shapes import (
    Choice,
    Constant,
    Field,
    Items,
    Named,
    Number,
    Section,
    Shape,
    Text,
    TextOrSection,
    Truth,
)
from sixnines.config.text_formats import RULES, TextFormat

# What YAML 1.1 took for truth values.
_FORMER_TRUTH = frozenset({"yes", "no", "on", "off", "y", "n"})


class _Unusable:
    """Stands for a value with a problem."""


_UNUSABLE = _Unusable()


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a tree says.

    Attributes:
        values: the usable ones by attribute of the Struct, or None if there is nothing to go on with.
        problems: all that is wrong with its shape.
        unusable: the parts that stand in the tree and not in the values: their defaults do, or nothing.
    """

    values: dict[str, object] | None
    problems: tuple[Diagnostic, ...]
    unusable: frozenset[DocumentPath] = frozenset()


def decode(root: Node, file: str, section: Section) -> Decoded:
    """Read `root` as `section`; `file` is its name in the diagnostics."""
    decoder = _Decoder(root, file)
    if not isinstance(root, Mapping):
        hint = "the smallest config is: version: 1"
        decoder.report(root, (), f"expected a mapping of keys to values, got {describe_kind(root)}", hint=hint)
        return Decoded(None, tuple(decoder.problems))
    values = decoder.values(section, root, ())
    return Decoded(values, tuple(decoder.problems), frozenset(decoder.unusable))


class _Decoder:
    """Reads nodes by shape. Every `read` gives the value, or `_UNUSABLE` after it has reported why."""

    def __init__(self, root: Node, file: str) -> None:
        self.problems: list[Diagnostic] = []
        self.unusable: set[DocumentPath] = set()
        self._root = root
        self._file = file
        self._suggestions: dict[object, Suggestions] = {}

    def report(self, at: Node | None, path: DocumentPath, message: str, *, hint: str | None = None) -> None:
        """Remember an error at `at`, or at what `path` names if `at` is nothing that could be pointed at."""
        if at is None or (isinstance(at, Scalar) and at.is_blank):
            line, column = locate(self._root, path)
        else:
            line, column = at.line, at.column
        self.problems.append(Diagnostic(Severity.ERROR, self._file, line, column, spell(path), message, hint))

    def read(self, shape: Shape, node: Node, path: DocumentPath) -> object:  # noqa: PLR0911 - one return per shape
        """The value of `node` as `shape`."""
        match shape:
            case Text():
                return self._text(shape, node, path)
            case Number():
                return self._number(shape, node, path)
            case Section():
                return self._section(shape, node, path)
            case Items():
                return self._items(shape, node, path)
            case Named():
                return self._named(shape, node, path)
            case Choice():
                return self._choice(shape, node, path)
            case Truth():
                return self._truth(node, path)
            case TextOrSection():
                return self.read(shape.section if isinstance(node, Mapping) else shape.text, node, path)
            case Constant():
                return self._constant(shape, node, path)
            case _:
                assert_never(shape)

    def values(self, section: Section, node: Mapping, path: DocumentPath) -> dict[str, object]:
        """The usable values in `node`, by attribute of the Struct."""
        values: dict[str, object] = {}
        for key, entry in node.entries.items():
            field = section.fields.get(key)
            if field is None:
                hint = self._suggested(key, section) or f"the keys here are {', '.join(section.fields)}"
                self.report(entry.key, (*path, key), "unknown key", hint=hint)
            else:
                value = self._field(field, entry.value, (*path, key))
                if value is _UNUSABLE:
                    self.unusable.add((*path, key))
                else:
                    values[field.attribute] = value
        for key, field in section.fields.items():
            if field.required and key not in node.entries:
                self.report(None, path, f"the key {quoted(key)} is missing")
        return values

    def _suggested(self, key: str, section: Section) -> str | None:
        made = self._suggestions.setdefault(section.struct, Suggestions(section.fields))
        return made.nearest(key)

    def _field(self, field: Field, node: Node, path: DocumentPath) -> object:
        if field.nullable and isinstance(node, Scalar) and resolve(node) is None:
            return None
        return self.read(field.shape, node, path)

    def _section(self, section: Section, node: Node, path: DocumentPath) -> object:
        if not isinstance(node, Mapping):
            # A misplaced api_key looks like a provider of that name: what it holds is not repeated.
            return self._unexpected("a mapping", node, path, secret=True)
        values = self.values(section, node, path)
        if any(field.required and field.attribute not in values for field in section.fields.values()):
            return _UNUSABLE
        return section.struct(**values)

    def _items(self, shape: Items, node: Node, path: DocumentPath) -> object:
        if not isinstance(node, Sequence):
            return self._unexpected("a list", node, path, secret=_is_secret(shape.item))
        values = [self.read(shape.item, item, (*path, index)) for index, item in enumerate(node.items)]
        if len(values) < shape.at_least:
            self.report(None, path, "at least one is needed here")
            return _UNUSABLE
        # One bad item spoils the list: without it the others would have other indices than in the file.
        return _UNUSABLE if _UNUSABLE in values else tuple(values)

    def _named(self, shape: Named, node: Node, path: DocumentPath) -> object:
        if not isinstance(node, Mapping):
            return self._unexpected("a mapping of names", node, path, secret=True)
        values: dict[str, object] = {}
        for name, entry in node.entries.items():
            here = (*path, name)
            name_is_good = self._formatted(shape.name, name, entry.key, here) is not _UNUSABLE
            value = self.read(shape.value, entry.value, here)
            if name_is_good and value is not _UNUSABLE:
                values[name] = value
            else:
                self.unusable.add(here)
        return values

    def _text(self, shape: Text, node: Node, path: DocumentPath) -> object:
        noun = "text" if shape.text_format is None else RULES[shape.text_format].noun
        if not isinstance(node, Scalar):
            return self._unexpected(noun, node, path)
        value = resolve(node)
        if isinstance(value, str):
            return self._formatted(shape, value, node, path)
        could_be_quoted = value is not None and not _unit_of(shape) and not _is_secret(shape)
        hint = "put it in quotes" if could_be_quoted else None
        return self._unexpected(noun, node, path, hint=hint, secret=_is_secret(shape))

    def _formatted(self, shape: Text, text: str, node: Scalar, path: DocumentPath) -> object:
        if shape.text_format is None:
            return text
        try:
            value = RULES[shape.text_format].read(text)
        except ValueError as reason:
            self.report(node, path, str(reason))
            return _UNUSABLE
        if isinstance(value, (int, float)):
            return self._bounded(shape, value, node, path)
        return value

    def _bounded(self, shape: Text | Number, value: float, node: Scalar, path: DocumentPath) -> object:
        if shape.least is not None and value < shape.least:
            self.report(node, path, f"must be at least {_shown(shape, shape.least)}, got {describe(node)}")
            return _UNUSABLE
        if shape.most is not None and value > shape.most:
            self.report(node, path, f"must be at most {_shown(shape, shape.most)}, got {describe(node)}")
            return _UNUSABLE
        return value

    def _number(self, shape: Number, node: Node, path: DocumentPath) -> object:
        value = resolve(node) if isinstance(node, Scalar) else None
        if not isinstance(node, Scalar) or isinstance(value, bool) or not isinstance(value, (int, float)):
            return self._unexpected(shape.noun, node, path)
        if math.isnan(value) or (shape.whole and isinstance(value, float) and not math.isinf(value)):
            return self._unexpected(shape.noun, node, path)
        if shape.above is not None and value <= shape.above:
            self.report(node, path, f"must be more than {_shown(shape, shape.above)}, got {describe(node)}")
            return _UNUSABLE
        return self._bounded(shape, value, node, path)

    def _truth(self, node: Node, path: DocumentPath) -> object:
        value = resolve(node) if isinstance(node, Scalar) else None
        if isinstance(value, bool):
            return value
        former = isinstance(value, str) and value.lower() in _FORMER_TRUTH
        hint = "YAML 1.2 knows only true and false" if former else None
        return self._unexpected("true or false", node, path, hint=hint)

    def _choice(self, shape: Choice, node: Node, path: DocumentPath) -> object:
        value = resolve(node) if isinstance(node, Scalar) else None
        known = [member.value for member in shape.members]
        if isinstance(value, str) and value in known:
            return shape.members(value)
        hint = nearest(value, known) if isinstance(value, str) else None
        return self._unexpected(f"one of {', '.join(known)}", node, path, hint=hint)

    def _constant(self, shape: Constant, node: Node, path: DocumentPath) -> object:
        value = resolve(node) if isinstance(node, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and value == shape.value:
            return value
        return self._unexpected(f"the number {shape.value}", node, path)

    def _unexpected(
        self, expected: str, node: Node, path: DocumentPath, *, hint: str | None = None, secret: bool = False
    ) -> _Unusable:
        got = describe_kind(node) if secret else describe(node)
        self.report(node, path, f"expected {expected}, got {got}", hint=hint)
        return _UNUSABLE


def _is_secret(shape: Shape) -> bool:
    return isinstance(shape, Text) and shape.text_format is TextFormat.SECRET


def _unit_of(shape: Text | Number) -> Callable[[float], str] | None:
    """How a quantity is written, or None for what is not a quantity."""
    match shape:
        case Text(text_format=TextFormat.DURATION):
            return render_duration
        case Text(text_format=TextFormat.SIZE):
            return lambda count: render_size(int(count))
        case _:
            return None


def _shown(shape: Text | Number, bound: float) -> str:
    render = _unit_of(shape)
    return render(bound) if render else f"{bound:,}"
