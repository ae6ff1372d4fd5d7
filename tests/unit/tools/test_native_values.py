"""What mypyc is given says the same as the source, line by line."""

import ast
import copy
import importlib
import pkgutil
import re
import sys
from collections.abc import Callable
from typing import cast

import msgspec
import msgspec.inspect
import pytest

import sixnines
from support.checkout import SOURCE
from support.compile_tools import compile_tool, native_values

prepared, subclasses = native_values.prepared, native_values.subclasses
COMPILED = compile_tool.MODULES

VALUE = '''"""A module."""

import msgspec


class Value(msgspec.Struct, frozen=True, gc=False):
    """Two fields and more.

    Attributes:
        a: one.
    """

    a: int
    b: str = "x"
    c: list[int] = []
    d: (
        float | None
    ) = None

    def doubled(self) -> int:
        """Twice `a`."""
        return 2 * self.a
'''


def run(source: str) -> dict[str, object]:
    """The names that a module defines."""
    names: dict[str, object] = {"mypyc_attr": lambda **_: lambda kind: kind, "__name__": "made"}
    exec(native_values.BASE_SOURCE.replace("__mypyc_attrs__", "__annotations__"), names)
    exec(re.sub(rf"from {native_values.BASE_MODULE} import [\w, ]+", "pass", source), names)
    return names


@pytest.fixture(params=["as it stands", "prepared"])
def value(request: pytest.FixtureRequest) -> Callable[..., object]:
    """The class of `VALUE`."""
    names = run(VALUE if request.param == "as it stands" else prepared(VALUE, "value.py"))
    return cast("Callable[..., object]", names["Value"])


def test_a_value_is_made_and_compared_and_shown_as_msgspec_does_it(value) -> None:
    made = value(1, c=[2])
    assert (made.a, made.b, made.c, made.d, made.doubled()) == (1, "x", [2], None, 2)
    assert made == value(1, "x", [2], None)
    assert made != value(1, "y", [2])
    assert made != "something else"
    assert repr(made) == "Value(a=1, b='x', c=[2], d=None)"
    with pytest.raises(TypeError):
        value()


def test_two_values_never_share_a_default_that_can_change(value) -> None:
    one, other = value(1), value(1)
    one.c.append(3)
    assert other.c == []


def test_every_definition_stays_in_its_line() -> None:
    changed = prepared(VALUE, "value.py")
    assert changed.count("\n") == VALUE.count("\n")
    for before, after in zip(VALUE.split("\n"), changed.split("\n"), strict=True):
        if before.startswith("    def") or "return" in before:
            assert before == after


RECORDS = """from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class A:
    a: int


@dataclass(slots=True)
class B:
    b: int
"""


def test_a_dataclass_loses_its_slots_and_can_still_be_copied() -> None:
    changed = prepared(RECORDS, "a.py")
    assert "slots" not in changed
    names = run(changed)
    a = names["A"](1)  # type: ignore[operator]
    assert copy.copy(a) == copy.deepcopy(a) == a
    assert names["replace"](a, a=2).a == 2  # type: ignore[operator]
    assert copy.copy(names["B"](3)).b == 3  # type: ignore[operator]


def test_what_a_copy_is_made_of_is_what_pickle_makes_it_of() -> None:
    """A frozen dataclass of machine code lets nobody set what it holds, and a plain class has to be made anew."""
    for source, made in ((RECORDS, "A(1)"), (VALUE, "Value(1, c=[2])")):
        names = run(prepared(source, "a.py"))
        value = eval(made, names)
        rebuilt, arguments = value.__reduce__()
        assert rebuilt(*arguments) == value


def test_a_value_is_copied_with_a_change_as_msgspec_does_it() -> None:
    source = VALUE + "\n\ndef changed(value, **changes):\n    return msgspec.structs.replace(value, **changes)\n"
    names = run(prepared(source, "value.py"))
    value = names["Value"](1, "y", [2])  # type: ignore[operator]
    assert names["changed"](value, a=2) == names["Value"](2, "y", [2])  # type: ignore[operator]
    assert names["changed"](Other(1), a=2) == Other(2), "what is still a Struct"  # type: ignore[operator]


class Other(msgspec.Struct):
    a: int


def test_what_the_garbage_collector_never_looked_at_it_does_not_look_at_in_machine_code() -> None:
    mark = "@mypyc_attr(acyclic=True)\nclass Value("
    assert mark in prepared(VALUE, "value.py")
    assert mark not in prepared(VALUE.replace(", gc=False", ""), "value.py")
    assert "mypyc_attr" not in prepared(VALUE.replace("class Value", "# why\nclass Value"), "value.py"), "no room"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("frozen=True, gc=False", "kw_only=True", "options or bases"),
        ("msgspec.Struct, frozen", "msgspec.Struct, Other, frozen", "options or bases"),
        ('    """Two fields and more.\n\n    Attributes:\n        a: one.\n    """\n\n', "", "no docstring"),
        (
            "return 2 * self.a\n",
            "return 2 * self.a\n\n\n_decode = msgspec.json.Decoder(Value).decode\n",
            "handed to msgspec",
        ),
        (
            "return 2 * self.a\n",
            "return 2 * self.a\n\n\n_parts = msgspec.structs.asdict(Value(1))\n",
            "handed to msgspec",
        ),
    ],
)
def test_what_a_plain_class_cannot_do_is_refused(old: str, new: str, why: str) -> None:
    source = VALUE.replace(old, new)
    assert source != VALUE
    with pytest.raises(native_values.UnfitSourceError, match=f"value.py:[0-9]+: Value .*{why}"):
        prepared(source, "value.py")


def test_an_interpreted_class_with_a_compiled_base_is_found() -> None:
    source = "from sixnines.hot import Base, Other\n\n\nclass Mine(Base[int]):\n    pass\n"
    assert subclasses(source, {"sixnines.hot"}) == "Mine"
    assert subclasses(source, {"sixnines.cold"}) is None
    assert subclasses(source.replace("Base[int]", "Exception"), {"sixnines.hot"}) is None


@pytest.mark.parametrize("module", COMPILED)
def test_every_module_that_is_compiled_can_be_prepared(module: str) -> None:
    """What needs no compiler to be found is found here. The rest: `make test-compiled`."""
    path = SOURCE / f"{module}.py"
    changed = prepared(path.read_text(), str(path))
    ast.parse(changed)
    assert changed.count("\n") == path.read_text().count("\n")


def test_no_interpreted_class_has_a_compiled_base() -> None:
    names = {f"sixnines.{module.replace('/', '.')}" for module in COMPILED}
    others = [path for path in SOURCE.rglob("*.py") if str(path.relative_to(SOURCE).with_suffix("")) not in COMPILED]
    assert [(path, found) for path in others if (found := subclasses(path.read_text(), names))] == []


def test_no_value_that_is_read_from_bytes_is_made_in_a_compiled_module() -> None:
    """msgspec knows no plain class. Workers tell each other what tests of one process never send."""
    for each in pkgutil.walk_packages(sixnines.__path__, "sixnines."):
        if each.name.startswith(("sixnines.server.", "sixnines.workers.", "sixnines.engine.", "sixnines.dialects.")):
            importlib.import_module(each.name)
    decoders = {
        id(found): found
        for name, module in [*sys.modules.items()]
        if name.startswith("sixnines.")
        for value in vars(module).values()
        if isinstance(found := getattr(value, "__self__", value), msgspec.json.Decoder | msgspec.msgpack.Decoder)
    }
    assert len(decoders) > 20
    kinds = {kind for decoder in decoders.values() for kind in made(msgspec.inspect.type_info(decoder.type))}
    names = {f"sixnines.{module.replace('/', '.')}" for module in COMPILED}
    assert {f"{kind.__module__}.{kind.__name__}" for kind in kinds if kind.__module__ in names} == set()


def made(shape: object, seen: set[type] | None = None) -> set[type]:
    """The classes with fields that a value of this shape is made of."""
    seen = set() if seen is None else seen
    if isinstance(shape, msgspec.inspect.StructType | msgspec.inspect.DataclassType):
        if shape.cls in seen:
            return seen
        seen.add(shape.cls)
    if isinstance(shape, msgspec.inspect.Type | msgspec.inspect.Field):
        for name in shape.__struct_fields__:
            made(getattr(shape, name), seen)
    elif isinstance(shape, tuple):
        for each in shape:
            made(each, seen)
    return seen
