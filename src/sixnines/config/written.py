"""Values of a document as a config file writes them: `30s` and not 30.0, `32MiB` and not 33554432.

Pure. Never resolves a reference: a secret is written as it is named.
"""

import enum
from typing import assert_never

import msgspec

from sixnines.config.defaults_text import Plain
from sixnines.config.quantities import render_duration, render_size
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
from sixnines.config.text_formats import TextFormat


def written(value: object, shape: Shape) -> Plain:
    """`value`, which a document holds where its shape is `shape`, as the YAML value that means it.

    Of a section those keys whose value is not the default; of an entry of a route its name alone, if that says all.

    Raises:
        TypeError: a document never holds such a value there.
    """
    if value is None:
        return None
    match shape:
        case Section() | TextOrSection():
            return _section(value, shape)
        case Items(item=inner) if isinstance(value, tuple | list):
            return [written(each, inner) for each in value]
        case Named(value=inner) if isinstance(value, dict):
            return {name: written(each, inner) for name, each in value.items()}
        case Items() | Named():
            raise TypeError(f"neither a list nor a mapping: {value!r}")
        case Text() | Number() | Truth() | Constant() | Choice():
            return _scalar(value, shape)
        case _:
            assert_never(shape)


def is_default(value: object, field: Field) -> bool:
    """The file need not say it: it holds anyway. Never so for what is not there unless it is named."""
    return not field.required and value is not None and value == field.default


def _section(value: object, shape: Section | TextOrSection) -> Plain:
    if isinstance(shape, TextOrSection):
        section = shape.section
        if isinstance(value, str):
            return value
    else:
        section = shape
    keys: dict[str, object] = {}
    for key, field in section.fields.items():
        held = getattr(value, field.attribute)
        if field.required or held != field.default:
            keys[key] = written(held, field.shape)
    if isinstance(shape, TextOrSection) and len(keys) == 1:
        return _scalar(next(iter(keys.values())), shape.text)
    return keys


def _scalar(value: object, shape: Shape) -> Plain:
    match shape, value:
        case Text(text_format=TextFormat.DURATION), (int() | float()) as seconds:
            return render_duration(seconds)
        case Text(text_format=TextFormat.SIZE), int() as count:
            return render_size(count)
        case _, enum.StrEnum() as member:
            return member.value
        case _, (bool() | int() | str()) as plain:
            return plain
        case _, float() as number:
            return int(number) if number.is_integer() else number
        case _:
            raise TypeError(f"no value of a config: {value!r}")


def as_section(value: object, shape: TextOrSection) -> object:
    """The long form of a value that may be written as a name alone."""
    if not isinstance(value, str):
        return value
    key = next(field.key for field in shape.section.fields.values() if field.required)
    return msgspec.convert({key: value}, shape.section.struct)
