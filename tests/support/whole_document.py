"""A document with a value for every key that there is, made from the shape; and all ways to change one of them."""

import msgspec

from sixnines.config.document import Document
from sixnines.config.shapes import (
    Choice,
    Constant,
    Items,
    Named,
    Number,
    Section,
    Text,
    TextOrSection,
    Truth,
    section_of,
)  # fmt: skip
from sixnines.config.text_formats import TextFormat

_TEXTS = {
    None: "kind-{}",
    TextFormat.NAME: "name-{}",
    TextFormat.UPSTREAM_MODEL: "upstream {}",
    TextFormat.HEDGE_AFTER: "{}00ms",
    TextFormat.SECRET: "env:KEY_{}",
    TextFormat.LISTEN: "127.0.0.1:400{}",
    TextFormat.BASE_URL: "http://host-{}",
    TextFormat.ORIGIN: "https://page-{}.example",
    TextFormat.REGEX: "expression-{}.*",
    TextFormat.PATH: "path-{}",
    TextFormat.WORD: "word-{}",
    TextFormat.VARIABLE: "value-{}",
}


def whole_document():
    """Every key is set, to something else than its default."""
    return value_of(section_of(Document), 1)


def value_of(shape, number):
    """A value of that shape; another number gives another one."""
    match shape:
        case Section(struct=struct, fields=fields):
            return struct(**{each.attribute: unlike_default(each, number) for each in fields.values()})
        case TextOrSection(section=section):
            return value_of(section, number)
        case Items(item=inner):
            items = [value_of(inner, number), value_of(inner, number + 1)]
            return tuple(items) if items[0] != items[1] else tuple(items[:1])
        case Named(value=inner):
            return {f"name-{number}": value_of(inner, number), f"name-{number + 1}": value_of(inner, number + 1)}
        case _:
            return scalar(shape, number)


def unlike_default(field, number):
    value = value_of(field.shape, number)
    return value_of(field.shape, number + 1) if value == field.default else value


def scalar(shape, number):
    match shape:
        case Text(text_format=TextFormat.DURATION):
            return float(number)
        case Text(text_format=TextFormat.SIZE):
            return 4096 * number
        case Text(text_format=text_format):
            return _TEXTS[text_format].format(number)
        case Number(whole=True, least=least, most=most):
            return min(int(least or 0) + number, int(most or 100))
        case Number(least=least):
            return (least or 0) + number / 8
        case Truth():
            return number % 2 == 1
        case Choice(members=members):
            return [*members][number % len(members)]
        case Constant(value=value):
            return value


def changes_of(value, shape):
    """All ways to change one leaf: the keys on the way to it, and the whole with it changed."""
    match shape:
        case Section(fields=fields):
            for key, field in fields.items():
                for path, other in _of_field(getattr(value, field.attribute), field):
                    yield (key, *path), msgspec.structs.replace(value, **{field.attribute: other})
        case TextOrSection(section=section):
            yield from changes_of(value, section)
        case Items(item=inner):
            yield from _of_items(value, inner)
        case Named(value=inner):
            yield from _of_names(value, inner)
        case Constant():
            return
        case _:
            others = (scalar(shape, number) for number in range(3, 9))
            yield (), next(each for each in others if each != value)


def _of_field(held, field):
    if held is not None:
        yield from changes_of(held, field.shape)
        if field.nullable:
            yield ("gone",), None


def _of_items(value, shape):
    for index, item in enumerate(value):
        for path, other in changes_of(item, shape):
            yield (str(index), *path), (*value[:index], other, *value[index + 1 :])
        yield (str(index), "gone"), (*value[:index], *value[index + 1 :])


def _of_names(value, shape):
    for name, item in value.items():
        for path, other in changes_of(item, shape):
            yield (name, *path), value | {name: other}
        yield (name, "gone"), {key: each for key, each in value.items() if key != name}
