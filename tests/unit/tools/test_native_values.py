"""What mypyc is given says the same as the source, line by line."""

import ast
from collections.abc import Callable
from typing import cast

import pytest

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
    names: dict[str, object] = {}
    exec(native_values.BASE_SOURCE.replace("__mypyc_attrs__", "__annotations__"), names)
    exec(source.replace(f"from {native_values.BASE_MODULE} import {native_values.BASE}", "pass"), names)
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


def test_a_dataclass_loses_its_slots_and_nothing_else() -> None:
    source = (
        "@dataclass(frozen=True, slots=True)\nclass A:\n    a: int\n\n\n@dataclass(slots=True)\nclass B:\n    b: int\n"
    )
    assert prepared(source, "a.py") == source.replace(", slots=True", "").replace("slots=True", "")


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
            "return 2 * self.a\n\n\n_changed = msgspec.structs.replace(Value(1), a=2)\n",
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
