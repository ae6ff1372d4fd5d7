"""Sources as mypyc can read them: what decorators and base classes do at run time, written down.

mypyc gives attributes fixed places in plain classes only. So a `msgspec.Struct` of a module that is compiled becomes a
plain class with the constructor that msgspec would make, and `slots=True`, which such a class has anyway, is left out
of dataclasses. Every line keeps its number, so that tracebacks name the line of the real source.
Copies of both are made as before: by `msgspec.structs.replace` here, by `dataclasses.replace`, `copy` and `pickle`
anywhere. Refuses what it cannot carry over: a Struct that msgspec decodes or encodes must stand in another module.
"""

import ast
import re
from collections.abc import Container

BASE = "NativeValue"
RECORD = "NativeRecord"
REPLACED = "replaced"
BASE_MODULE = "sixnines._native_value"
BASE_SOURCE = '''\
"""What a Struct and a dataclass can do besides keeping their fields; written by tools/native_values.py."""

from typing import TYPE_CHECKING, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr

T = TypeVar("T")


def rebuilt(kind: type[object], fields: dict[str, object]) -> object:
    return kind(**fields)


def replaced(value: T, **changes: object) -> T:
    if isinstance(value, NativeValue):
        return cast(T, rebuilt(type(value), {**value._fields(), **changes}))
    return cast(T, msgspec.structs.replace(cast(msgspec.Struct, value), **changes))


class NativeRecord:
    def __reduce__(self) -> tuple[object, ...]:
        names: dict[str, object] = getattr(type(self), "__dataclass_fields__")
        return rebuilt, (type(self), {name: getattr(self, name) for name in names})


@mypyc_attr(acyclic=True)
class NativeValue:
    def _fields(self) -> dict[str, object]:
        names: tuple[str, ...] = getattr(type(self), "__mypyc_attrs__")
        return {name: getattr(self, name) for name in names}

    def __reduce__(self) -> tuple[object, ...]:
        return rebuilt, (type(self), self._fields())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NativeValue) and type(self) is type(other) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(tuple(self._fields().values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._fields().items())})"
'''

_STRUCT = "msgspec.Struct"
_REPLACE = "msgspec.structs.replace("
_FLAGS = {"frozen", "gc"}  # they change what may be done with a value, and when it is freed


class UnfitSourceError(Exception):
    """A source that cannot be carried over; the message says which and why."""


def prepared(source: str, name: str) -> str:
    """The source of a module as mypyc gets it.

    Args:
        source: as it stands in the package.
        name: for messages.

    Raises:
        UnfitSourceError: it holds a Struct that would not do the same as a plain class.
    """
    changed = re.sub(r"@dataclass\((.*?)(?:, )?slots=True\)", r"@dataclass(\1)", source)
    lines = changed.replace(_REPLACE, f"{REPLACED}(").split("\n")
    tree = ast.parse(source)
    used = {REPLACED} if _REPLACE in source else set()
    untracked = False
    for each in tree.body:
        if not isinstance(each, ast.ClassDef):
            continue
        if _STRUCT in map(ast.unparse, each.bases):
            _make_plain(each, lines, source, f"{name}:{each.lineno}: {each.name}")
            used.add(BASE)
            untracked |= _leave_to_itself(each, lines)
        elif not each.bases and any("dataclass" in ast.unparse(one) for one in each.decorator_list):
            lines[each.lineno - 1] = f"class {each.name}({RECORD}):"
            used.add(RECORD)
    last = _last_import(tree)
    if used:
        lines[last] += f"; from {BASE_MODULE} import {', '.join(sorted(used))}"
    if untracked:  # for mypyc alone: when the module runs, nothing is imported
        lines[last] += "; MYPY = False"
        lines[last + 1] = "if MYPY: from mypy_extensions import mypyc_attr"
    return "\n".join(lines)


def subclasses(source: str, modules: Container[str]) -> str | None:
    """The first class in `source` that has a base out of `modules`, which an interpreted class must not have."""
    tree = ast.parse(source)
    imported = {
        name.asname or name.name
        for each in tree.body
        if isinstance(each, ast.ImportFrom) and each.module in modules
        for name in each.names
    }
    for each in ast.walk(tree):
        if isinstance(each, ast.ClassDef) and imported & {ast.unparse(base).partition("[")[0] for base in each.bases}:
            return each.name
    return None


def _make_plain(struct: ast.ClassDef, lines: list[str], source: str, where: str) -> None:
    """Change the lines of one Struct."""
    if {each.arg for each in struct.keywords} - _FLAGS or len(struct.bases) > 1:
        raise UnfitSourceError(f"{where} has options or bases that a plain class has not")
    if _used_by_msgspec(struct.name, source):
        raise UnfitSourceError(
            f"{where} is handed to msgspec, so it must stay a Struct: put it into a module of its own"
        )
    first, docstring = struct.body[0], struct.body[0].end_lineno or 0
    if not isinstance(first, ast.Expr) or lines[docstring].strip():
        raise UnfitSourceError(f"{where} has no docstring with an empty line below, where its constructor would stand")
    header = range(struct.lineno - 1, first.lineno - 1)
    lines[header[0]] = f"class {struct.name}({BASE}):"
    for number in header[1:]:
        lines[number] = ""
    parameters, stores = [], []
    for field in struct.body:
        if not isinstance(field, ast.AnnAssign):
            continue
        kept, kind = ast.unparse(field.target), ast.unparse(field.annotation)
        default, value = "", kept
        if isinstance(field.value, ast.List | ast.Dict | ast.Set):  # msgspec copies an empty one for each value
            kind, default = f"{kind} | None", " = None"
            value = f"{ast.unparse(field.value)} if {kept} is None else {kept}"
        elif field.value is not None:
            default = f" = {ast.unparse(field.value)}"
        parameters.append(f"{kept}: {kind}{default}")
        stores.append(f"self.{kept} = {value}")
        for number in range(field.lineno - 1, field.end_lineno or field.lineno):
            lines[number] = ""
        lines[field.lineno - 1] = f"    {kept}: {ast.unparse(field.annotation)}"
    lines[docstring] = f"    def __init__(self, {', '.join(parameters)}) -> None: {'; '.join(stores)}"


def _leave_to_itself(struct: ast.ClassDef, lines: list[str]) -> bool:
    """Keep the garbage collector away from the values of a Struct with `gc=False`; whether that was done."""
    if not any(each.arg == "gc" and ast.unparse(each.value) == "False" for each in struct.keywords):
        return False
    before = struct.lineno - 2
    if lines[before].strip():
        return False  # there is no line for it
    lines[before] = "@mypyc_attr(acyclic=True)"
    return True


def _used_by_msgspec(name: str, source: str) -> bool:
    """Whether a decoder of this type is made here, or a value of it taken apart."""
    return (
        re.search(rf"(Decoder|convert)\([^)]*\b{name}\b|msgspec\.structs\.(?!replace)\w+\(\s*{name}\b", source)
        is not None
    )


def _last_import(tree: ast.Module) -> int:
    """The line of the last import, counted from 0; an empty one comes after it."""
    return max((each.end_lineno or 0) - 1 for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom))
