"""The JSON Schema (2020-12) of a config, for editors: names, types, choices, descriptions.

Never stricter than `sixnines check`: whatever `check` takes is valid here. It sees one value at a time, so references
and what belongs together are left to `check`.
"""

import json
from typing import assert_never

from sixnines.config.defaults_text import written_default
from sixnines.config.document import Document
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
    section_of,
)
from sixnines.config.text_formats import RULES, TextFormat
from sixnines.domain.kind import Catalog

JsonObject = dict[str, object]
_NULL: JsonObject = {"type": "null"}


def render_schema(catalog: Catalog) -> str:
    """The schema as JSON text."""
    return json.dumps(json_schema(catalog), indent=2, ensure_ascii=False) + "\n"


def json_schema(catalog: Catalog) -> JsonObject:
    """The schema; `catalog` gives the kinds and strategies to choose from."""
    writer = _Writer(catalog)
    root = writer.section(section_of(Document))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sixnines config, version 1",
        **root,
        "$defs": writer.definitions,
    }


class _Writer:
    """Writes shapes; each Struct once, under `$defs`."""

    def __init__(self, catalog: Catalog) -> None:
        self.definitions: JsonObject = {}
        # The keys whose text is one of the built-in names.
        self._built_in = {"kind": list(catalog.kinds), "strategy": sorted(catalog.strategies)}

    def section(self, section: Section) -> JsonObject:
        """A mapping with fixed keys."""
        return {
            "description": section.text,
            "type": "object",
            "properties": {key: self._field(field) for key, field in section.fields.items()},
            "required": [key for key, field in section.fields.items() if field.required],
            "additionalProperties": False,
        }

    def _field(self, field: Field) -> JsonObject:
        if isinstance(field.shape, Text) and field.shape.text_format is None:
            value: JsonObject = {"type": "string", "enum": self._built_in[field.key]}
        else:
            value = self._value(field.shape)
        written: JsonObject = {"description": field.text}
        written |= {"anyOf": [value, _NULL]} if field.nullable else value
        if not field.required and written_default(field) not in (None, {}):
            written["default"] = written_default(field)
        return written

    def _value(self, shape: Shape) -> JsonObject:  # noqa: PLR0911 - one return per shape
        match shape:
            case Text():
                return _text(shape)
            case Number():
                return _bounded(shape)
            case Truth():
                return {"type": "boolean"}
            case Constant():
                return {"const": shape.value}
            case Choice():
                return {"type": "string", "enum": [member.value for member in shape.members]}
            case Items():
                return {"type": "array", "items": self._value(shape.item)} | _at_least(shape.at_least)
            case Named():
                names = {"pattern": RULES[TextFormat.NAME].pattern}
                return {"type": "object", "propertyNames": names, "additionalProperties": self._value(shape.value)}
            case Section():
                return self._reference(shape)
            case TextOrSection():
                return {"anyOf": [self._value(shape.text), self._reference(shape.section)]}
            case _:
                assert_never(shape)

    def _reference(self, section: Section) -> JsonObject:
        name = section.struct.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # keeps its place in the order while it is being written
            self.definitions[name] = self.section(section)
        return {"$ref": f"#/$defs/{name}"}


def _text(shape: Text) -> JsonObject:
    if shape.text_format is None:
        return {"type": "string"}
    pattern = RULES[shape.text_format].pattern
    return {"type": "string", "minLength": 1} | ({"pattern": pattern} if pattern else {})


def _bounded(shape: Number) -> JsonObject:
    bounds = {"minimum": shape.least, "exclusiveMinimum": shape.above, "maximum": shape.most}
    schema: JsonObject = {"type": "integer" if shape.whole else "number"}
    return schema | {key: bound for key, bound in bounds.items() if bound is not None}


def _at_least(number: int) -> JsonObject:
    return {"minItems": number} if number else {}
