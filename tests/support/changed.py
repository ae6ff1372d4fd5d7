"""Fields of a value, whatever it is: a Struct, or the plain class that it is in machine code (ADR 0015)."""

from typing import TypeVar

T = TypeVar("T")


def fields_of(value: object) -> dict[str, object]:
    """What `msgspec.structs.asdict` tells of a Struct."""
    kind = type(value)
    names: tuple[str, ...] = getattr(kind, "__struct_fields__", None) or getattr(kind, "__mypyc_attrs__", ())
    return {name: getattr(value, name) for name in names}


def changed(value: T, **changes: object) -> T:
    """`value` with other fields, as `msgspec.structs.replace` makes it of a Struct."""
    return type(value)(**fields_of(value) | changes)
