"""A small value that fits a JSON Schema, for stand-ins that are asked for structured output. Pure.

Covers what function and answer schemas use (type, properties, items, enum, const, anyOf, local references); of the
rest it takes no notice.
"""

from collections.abc import Mapping

_PLAIN: Mapping[str, object] = {"string": "text", "integer": 0, "number": 0.5, "boolean": True, "null": None}
_DEEPEST = 8  # a schema that refers to itself ends here


def example(schema: Mapping[str, object]) -> object:
    """A value for `schema`, the same every time."""
    definitions = schema.get("$defs")
    return _example(schema, definitions if isinstance(definitions, dict) else {}, 0)


def _example(schema: Mapping[str, object], definitions: Mapping[str, object], depth: int) -> object:
    if depth > _DEEPEST:
        return None
    chosen = _choose(schema, definitions)
    if chosen is not schema:
        return _example(chosen, definitions, depth + 1)
    if "const" in schema:
        return schema["const"]
    options = schema.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    kind = schema.get("type")
    items, properties = schema.get("items"), schema.get("properties")
    if isinstance(kind, list) and kind:
        kind = kind[0]
    if kind == "array":
        return [_example(items, definitions, depth + 1)] if isinstance(items, dict) else []
    if isinstance(properties, dict):
        fields = {name: field for name, field in properties.items() if isinstance(field, dict)}
        return {name: _example(field, definitions, depth + 1) for name, field in fields.items()}
    if kind == "object":
        return {}
    return _PLAIN.get(kind) if isinstance(kind, str) else None


def _choose(schema: Mapping[str, object], definitions: Mapping[str, object]) -> Mapping[str, object]:
    """The schema that `schema` stands for: what it refers to, or its first alternative."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        target = definitions.get(reference.rpartition("/")[2])
        return target if isinstance(target, dict) else {}
    for key in ("anyOf", "oneOf", "allOf"):
        options = schema.get(key)
        if isinstance(options, list) and options and isinstance(options[0], dict):
            return options[0]
    return schema
