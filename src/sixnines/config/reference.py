"""The reference of the config in Markdown: every key with its type, its default and what it does.

Never says anything of its own about a key: all of it comes from the Structs, the text formats and the catalog.
"""

from collections.abc import Iterator
from typing import assert_never

from sixnines.config.defaults_text import written_default
from sixnines.config.document import Document
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
    section_of,
)
from sixnines.config.text_formats import RULES, TextFormat
from sixnines.domain.kind import Catalog

_HEAD = """\
# Config reference

<!-- Written by tools/write_config_docs.py from the code. Change the docstrings in src/sixnines/config/document.py. -->

A config is YAML 1.2: `no`, `on` and `yes` are text. It is one file, or [several](../guide/config.md) by `include`.
`sixnines check` reports every problem at once; a key that is not listed here is an error. Editors complete and check
the keys with [the JSON Schema](../../schema/sixnines-v1.schema.json): put this line first.

```yaml
# yaml-language-server: $schema=../schema/sixnines-v1.schema.json
```

Durations are a number and one of `ms s m h`, sizes a whole number and one of `B KiB MiB GiB`. Secrets are never written
into a file: `env:NAME` names an environment variable, `file:PATH` a file (relative to the first config file; line
breaks at its end are dropped). Names hold `A-Z a-z 0-9 . _ : / @ + -`, at most 200 of them.
"""


def render_reference(catalog: Catalog) -> str:
    """The whole page."""
    writer = _Writer(catalog)
    return "\n".join([_HEAD, *writer.section("", section_of(Document)), *_kinds(catalog)]).rstrip() + "\n"


class _Writer:
    """Writes sections from the outside in, each under its path."""

    def __init__(self, catalog: Catalog) -> None:
        self._built_in = {"kind": sorted(catalog.kinds), "strategy": sorted(catalog.strategies)}

    def section(self, path: str, section: Section) -> Iterator[str]:
        """A heading, what the section is, a table of its keys, and the sections inside."""
        if path:
            yield f"## `{path}`\n"
        yield f"{section.text}\n"
        yield "| key | type | default | what it does |"
        yield "| --- | --- | --- | --- |"
        for field in section.fields.values():
            yield f"| `{field.key}` | {self._type(field)} | {_default(field)} | {_cell(field.text)} |"
        yield ""
        for field in section.fields.values():
            yield from self._inside(f"{path}.{field.key}".lstrip("."), field.shape)

    def _inside(self, path: str, shape: Shape) -> Iterator[str]:
        match shape:
            case Section():
                yield from self.section(path, shape)
            case Named():
                yield from self._inside(f"{path}.NAME", shape.value)
            case Items():
                yield from self._inside(f"{path}[]", shape.item)
            case TextOrSection():
                yield from self.section(path, shape.section)
            case _:
                return

    def _type(self, field: Field) -> str:
        if isinstance(field.shape, Text) and field.shape.text_format is None:
            return _one_of(self._built_in[field.key])
        return _type(field.shape)


def _type(shape: Shape) -> str:  # noqa: PLR0911 - one return per shape
    match shape:
        case Text():
            return _text_type(shape)
        case Number():
            return _number_type(shape)
        case Truth():
            return "`true` or `false`"
        case Constant():
            return f"`{shape.value}`"
        case Choice():
            return _one_of([member.value for member in shape.members])
        case Items():
            return f"list of at least one: {_type(shape.item)}" if shape.at_least else f"list: {_type(shape.item)}"
        case Named():
            return (
                "mapping from names" if isinstance(shape.value, Section) else f"names, each with a {_type(shape.value)}"
            )
        case Section():
            return "mapping"
        case TextOrSection():
            return f"{_type(shape.text)}, or {_type(shape.section)}"
        case _:
            assert_never(shape)


def _number_type(shape: Number) -> str:
    noun = "whole number" if shape.whole else "number"
    if shape.above is not None:
        return f"{noun}, more than {shape.above:,} and up to {shape.most:,}"
    return f"{noun}, {shape.least:,} to {shape.most:,}"


def _text_type(shape: Text) -> str:
    match shape.text_format, shape.least, shape.most:
        case None, _, _:
            return "text"
        case TextFormat.DURATION, float() | int() as least, float() | int() as most:
            return f"duration, {_zero_or(least)} to {render_duration(most)}"
        case TextFormat.SIZE, float() | int() as least, float() | int() as most:
            return f"size, {render_size(int(least))} to {render_size(int(most))}"
        case text_format, _, _:
            return RULES[text_format].noun


def _zero_or(least: float) -> str:
    return render_duration(least) if least else "0s"


def _one_of(values: list[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _default(field: Field) -> str:
    if field.required:
        return "**required**"
    if isinstance(field.shape, Section):
        return "none" if field.nullable else "see below"
    value = written_default(field)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "empty" if value in ([], {}) else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _kinds(catalog: Catalog) -> Iterator[str]:
    yield "## Kinds of providers\n"
    yield "| kind | speaks | `base_url` unless given | `api_key` |"
    yield "| --- | --- | --- | --- |"
    for name, info in sorted(catalog.kinds.items()):
        address = f"`{info.default_base_url}`" if info.default_base_url else "**required**"
        key = "**required**" if info.needs_key else "where the server asks for one"
        yield f"| `{name}` | {info.dialect} | {address} | {key} |"
