"""The shape of the config, read off the Structs of `document.py`: what the decoder, the JSON Schema and the docs share.

Never says anything that the Structs do not say.
"""

import enum
import functools
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import inspect as introspection

from sixnines.config.text_formats import TextFormat

# "    name: what it is" in the `Attributes:` part of a docstring, with the lines that continue it.
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Text:
    """Text of one format (None: any). `least` and `most` bound what it is read as: seconds or bytes."""

    text_format: TextFormat | None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number; `whole`: without a fraction. `above`: it must be larger than this."""

    least: float | None
    most: float | None
    whole: bool = True
    above: float | None = None

    @property
    def noun(self) -> str:
        """For messages: "expected {noun}"."""
        return "a whole number" if self.whole else "a number"


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""


@dataclass(frozen=True, slots=True)
class Constant:
    """One whole number and no other."""

    value: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of an enum."""

    members: type[enum.StrEnum]


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    item: "Shape"
    at_least: int


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping from names to values."""

    name: Text
    value: "Shape"


@dataclass(frozen=True, slots=True)
class TextOrSection:
    """Either of two forms of the same thing: a name, or a section that holds it."""

    text: Text
    section: "Section"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a section.

    Attributes:
        key: as in the file.
        attribute: as in the Struct.
        shape: of its value.
        nullable: null may stand there.
        required: it cannot be left out.
        default: what the Struct holds where it is left out.
        text: what it does, from the Struct's docstring.
    """

    key: str
    attribute: str
    shape: "Shape"
    nullable: bool
    required: bool
    default: object
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping with fixed keys: one of the Structs.

    Attributes:
        struct: the Struct.
        fields: by key, in the order of the Struct.
    """

    struct: type[msgspec.Struct]
    fields: Mapping[str, Field]

    @property
    def text(self) -> str:
        """What it is, from the Struct's docstring."""
        text, _, _ = inspect.cleandoc(self.struct.__doc__ or "").partition("\n\nAttributes:")
        return re.sub(r"\s+", " ", text)


Shape = Text | Number | Truth | Constant | Choice | Items | Named | TextOrSection | Section


@functools.cache
def section_of(struct: type[msgspec.Struct]) -> Section:
    """The shape of a Struct."""
    info = introspection.type_info(struct)
    if not isinstance(info, introspection.StructType):
        raise TypeError(f"not a Struct: {struct!r}")
    return _section(info)


def _section(info: introspection.StructType) -> Section:
    texts = _attribute_texts(info.cls)
    return Section(info.cls, {each.encode_name: _field(each, texts[each.encode_name]) for each in info.fields})


def _field(info: introspection.Field, text: str) -> Field:
    shape, nullable = _without_null(info.type)
    default = info.default if info.default_factory is msgspec.NODEFAULT else info.default_factory()
    return Field(
        key=info.encode_name,
        attribute=info.name,
        shape=_shape(shape),
        nullable=nullable,
        required=info.required,
        default=default,
        text=text,
    )


def _without_null(info: introspection.Type) -> tuple[introspection.Type, bool]:
    if not isinstance(info, introspection.UnionType):
        return info, False
    rest = tuple(each for each in info.types if not isinstance(each, introspection.NoneType))
    nullable = len(rest) < len(info.types)
    return (rest[0] if len(rest) == 1 else introspection.UnionType(rest)), nullable


def _shape(info: introspection.Type) -> Shape:
    match info:
        case introspection.VarTupleType(item_type=item, min_length=at_least):
            return Items(_shape(item), at_least or 0)
        case introspection.StructType():
            return section_of(info.cls)
        case introspection.DictType(key_type=key, value_type=value):
            return _named(_shape(key), _shape(value))
        case introspection.UnionType(types=(first, second)):
            return _either(_shape(first), _shape(second))
        case _:
            return _scalar_shape(info)


def _scalar_shape(info: introspection.Type) -> Shape:
    match info:
        case introspection.Metadata(type=inner, extra=extra):
            return _text(inner, extra or {})
        case introspection.StrType():
            return Text(None)
        case introspection.IntType(ge=least, le=most):
            return Number(least, most)
        case introspection.FloatType(ge=least, gt=above, le=most):
            return Number(least, most, whole=False, above=above)
        case introspection.BoolType():
            return Truth()
        case introspection.LiteralType(values=(int(value),)):
            return Constant(value)
        case introspection.EnumType(cls=members) if issubclass(members, enum.StrEnum):
            return Choice(members)
        case _:
            raise TypeError(f"the config has no shape for {info!r}")


def _text(inner: introspection.Type, extra: Mapping[str, object]) -> Text:
    text_format = extra["format"]
    if not isinstance(text_format, TextFormat):
        raise TypeError(f"not a text format: {text_format!r}")
    match inner:
        case introspection.FloatType(ge=least, le=most) | introspection.IntType(ge=least, le=most):
            return Text(text_format, least, most)
        case _:
            return Text(text_format)


def _named(key: Shape, value: Shape) -> Named:
    if not isinstance(key, Text):
        raise TypeError("the keys of a mapping are text")
    return Named(key, value)


def _either(first: Shape, second: Shape) -> TextOrSection:
    if not (isinstance(first, Text) and isinstance(second, Section)):
        raise TypeError("a choice of two shapes is text or a section")
    return TextOrSection(first, second)


def _attribute_texts(struct: type[msgspec.Struct]) -> dict[str, str]:
    """What the docstring says about each key."""
    _, _, attributes = inspect.cleandoc(struct.__doc__ or "").partition("\n\nAttributes:\n")
    return {key: re.sub(r"\s+", " ", text).strip() for key, text in _ATTRIBUTE.findall(attributes)}
