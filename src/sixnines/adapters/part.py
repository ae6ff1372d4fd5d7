"""A part of somebody else's config as it is read: its value, where it stands, and what to say became of it.

Never raises for what a file can hold: a value of another form than asked for is None. Plain scalars are read as YAML
1.1 has them, because LiteLLM does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sixnines.adapters.ledger import Fate, Ledger
from sixnines.config.diagnostics import Diagnostic, DocumentPath, Severity, spell
from sixnines.config.nodes import Mapping, Node, Scalar, Sequence, locate
from sixnines.config.scalars import resolve

# https://yaml.org/type/bool.html without y and n, which PyYAML does not know either.
_TRUE = frozenset({"yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"})
_FALSE = frozenset({"no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"})
_NUMBER = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]{1,3})?|[-+]?\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?")
_LONGEST_NUMBER = 40  # characters


@dataclass(frozen=True, slots=True)
class Part:
    """One value of the config.

    Attributes:
        ledger: where it is told what became of it.
        path: from the root.
        node: what stands there.
    """

    ledger: Ledger
    path: DocumentPath
    node: Node

    def get(self, key: str) -> "Part | None":
        """What stands behind `key`, if this is a mapping that has it."""
        if not isinstance(self.node, Mapping) or key not in self.node.entries:
            return None
        return Part(self.ledger, (*self.path, key), self.node.entries[key].value)

    def at(self, path: DocumentPath) -> "Part | None":
        """What stands at a path below this one, if anything does."""
        part: Part | None = self
        for segment in path:
            if part is None:
                return None
            if isinstance(segment, str):
                part = part.get(segment)
            else:
                items = part.node.items if isinstance(part.node, Sequence) else ()
                here = (*part.path, segment)
                part = Part(part.ledger, here, items[segment]) if segment < len(items) else None
        return part

    def entries(self) -> Iterator[tuple[str, "Part"]]:
        """The keys of a mapping and what stands behind them; nothing for anything else."""
        if isinstance(self.node, Mapping):
            for key, entry in self.node.entries.items():
                yield key, Part(self.ledger, (*self.path, key), entry.value)

    def items(self) -> Iterator["Part"]:
        """The items of a list; nothing for anything else."""
        if isinstance(self.node, Sequence):
            for index, item in enumerate(self.node.items):
                yield Part(self.ledger, (*self.path, index), item)

    @property
    def is_mapping(self) -> bool:
        """Is it one?"""
        return isinstance(self.node, Mapping)

    @property
    def is_list(self) -> bool:
        """Is it one?"""
        return isinstance(self.node, Sequence)

    @property
    def is_null(self) -> bool:
        """Does nothing stand there?"""
        return isinstance(self.node, Scalar) and resolve(self.node) is None

    def text(self) -> str | None:
        """The text of a scalar, a number's too; None for an empty one or anything else."""
        if not isinstance(self.node, Scalar) or self.is_null:
            return None
        return self.node.text or None

    def truth(self) -> bool | None:
        """Yes or no."""
        if not isinstance(self.node, Scalar) or not self.node.plain:
            return None
        return True if self.node.text in _TRUE else False if self.node.text in _FALSE else None

    def number(self) -> Decimal | None:
        """A number, also one in quotes."""
        if not isinstance(self.node, Scalar) or len(self.node.text) > _LONGEST_NUMBER:
            return None
        text = self.node.text
        if not _NUMBER.fullmatch(text):
            return None
        try:
            return Decimal(text.replace("_", ""))
        except InvalidOperation:
            return None

    def whole(self) -> int | None:
        """A number without a fraction, of reasonable size."""
        number = self.number()
        if number is None or number != number.to_integral_value() or abs(number) > 10**18:
            return None
        return int(number)

    def translated(self, to: DocumentPath | str, reason: str = "") -> None:
        """It means the same at `to`."""
        self.ledger.tell(self.path, Fate.TRANSLATED, to=to, reason=reason)

    def approximated(self, reason: str, to: DocumentPath | str = "") -> None:
        """Something of it is kept."""
        self.ledger.tell(self.path, Fate.APPROXIMATED, to=to, reason=reason)

    def dropped(self, reason: str) -> None:
        """Nothing of it is kept."""
        self.ledger.tell(self.path, Fate.DROPPED, reason=reason)

    def retold_dropped(self, reason: str) -> None:
        """Nothing of it is kept, whatever was told before."""
        self.ledger.retell(self.path, Fate.DROPPED, reason=reason)

    def retold(self, fate: Fate, reason: str, to: DocumentPath | str = "") -> None:
        """Another fate than was told before, for it and all below it."""
        self.ledger.retell(self.path, fate, to=to, reason=reason)

    def problem(self, message: str, hint: str | None = None) -> Diagnostic:
        """An error at this place."""
        line, column = locate(self.ledger.root, self.path)
        return Diagnostic(Severity.ERROR, self.ledger.file, line, column, spell(self.path), message, hint)
