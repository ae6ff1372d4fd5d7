"""One object for all values that are the same: thousands of models differ in their names and in little else. Pure.

A request looks at its model's values. Where each model has its own, none of them is in the caches of the processor.
"""

from typing import TypeVar

Value = TypeVar("Value")


class Shared:
    """Remembers the values of one config while it is compiled."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[type, object], object] = {}

    def one(self, value: Value) -> Value:
        """The first value of this type that was the same as `value`, which is never changed."""
        found = self._known.setdefault((value.__class__, value), value)
        if not isinstance(found, value.__class__):
            raise TypeError(f"{found!r} was taken for {value!r}")
        return found
