"""How a default is written in a config file. Pure."""

import enum
from collections.abc import Sized

from sixnines.config.quantities import render_duration, render_size
from sixnines.config.shapes import Field, Section, Text
from sixnines.config.text_formats import TextFormat

Plain = None | bool | int | float | str | list[object] | dict[str, object]


def written_default(field: Field) -> Plain:
    """The default of `field` as the YAML value that means the same; of a section an empty mapping."""
    value = field.default
    if isinstance(field.shape, Text) and isinstance(value, (int, float)):
        match field.shape.text_format:
            case TextFormat.DURATION:
                return render_duration(value)
            case TextFormat.SIZE:
                return render_size(int(value))
            case _:
                raise TypeError(f"{field.key}: a number is no default for {field.shape.text_format}")
    if isinstance(field.shape, Section):
        return {}
    if isinstance(value, enum.StrEnum):
        return value.value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Sized) and not value:
        return {} if isinstance(value, dict) else []
    raise TypeError(f"{field.key}: nobody has said how to write {value!r}")
