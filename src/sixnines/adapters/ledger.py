"""What became of each key of a config that was translated: every leaf of the input has exactly one entry.

Never repeats a value of the input: it may be a secret. What nobody has told anything about is dropped, and says so.
"""

import enum
from collections.abc import Iterator, Sequence

import msgspec

from sixnines.config.diagnostics import DocumentPath, spell
from sixnines.config.nodes import Mapping, Node, Scalar, locate
from sixnines.config.nodes import Sequence as NodeList
from sixnines.config.scalars import resolve


class Fate(enum.StrEnum):
    """What became of a key."""

    TRANSLATED = "translated"
    APPROXIMATED = "approximated"
    DROPPED = "dropped"


class Entry(msgspec.Struct, frozen=True):
    """What became of one leaf: a value, or a mapping or list with nothing in it.

    Attributes:
        fate: in a word.
        file: the name of the file as the user gave it.
        line, column: from 1, where it stands.
        path: such as `model_list[0].litellm_params.rpm`.
        to: the place in what was made of it, or "".
        reason: why it was not simply translated, or "".
    """

    fate: Fate
    file: str
    line: int
    column: int
    path: str
    to: str
    reason: str


class _Told(msgspec.Struct, frozen=True):
    fate: Fate
    to: str
    reason: str


_UNKNOWN = _Told(Fate.DROPPED, "", "this key is not known here")
_NOTHING = _Told(Fate.TRANSLATED, "", "nothing is set")


class Ledger:
    """The entries of one file.

    Args:
        root: what was read.
        file: its name.
    """

    def __init__(self, root: Node, file: str) -> None:
        self.root = root
        self.file = file
        self._told: dict[DocumentPath, _Told] = {}

    def tell(self, path: DocumentPath, fate: Fate, *, to: DocumentPath | str = "", reason: str = "") -> None:
        """Say what became of the leaf at `path`, or of all leaves below it, where nothing was said so far.

        Raises:
            ValueError: there is nothing at `path`: a bug of whoever translates.
        """
        node = _find(self.root, path)
        told = _Told(fate, to if isinstance(to, str) else spell(to), reason)
        for leaf, _ in leaves(node, path):
            self._told.setdefault(leaf, told)

    def retell(self, path: DocumentPath, fate: Fate, *, to: DocumentPath | str = "", reason: str = "") -> None:
        """Say something else of all leaves at or below `path`: what was thought to be kept could not be."""
        told = _Told(fate, to if isinstance(to, str) else spell(to), reason)
        self._told |= dict.fromkeys((leaf for leaf, _ in leaves(_find(self.root, path), path)), told)

    def entries(self) -> list[Entry]:
        """One for each leaf, in the order of the file."""
        found = []
        for path, node in leaves(self.root):
            told = self._told.get(path) or (_NOTHING if _is_null(node) else _UNKNOWN)
            line, column = locate(self.root, path)
            found.append(Entry(told.fate, self.file, line, column, spell(path), told.to, told.reason))
        return found


def leaves(node: Node, path: DocumentPath = ()) -> Iterator[tuple[DocumentPath, Node]]:
    """The paths of all leaves and what stands there, at or below `node`, which stands at `path`."""
    pending: list[tuple[Node, DocumentPath]] = [(node, path)]
    while pending:
        here, where = pending.pop()
        if is_leaf(here):
            yield where, here
        elif isinstance(here, Mapping):
            pending.extend((entry.value, (*where, key)) for key, entry in reversed(here.entries.items()))
        elif isinstance(here, NodeList):
            pending.extend((item, (*where, index)) for index, item in reversed([*enumerate(here.items)]))


def is_leaf(node: Node) -> bool:
    """Is there nothing below `node`?"""
    match node:
        case Scalar():
            return True
        case Mapping(entries=entries):
            return not entries
        case NodeList(items=items):
            return not items


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and resolve(node) is None


def counts(entries: Sequence[Entry]) -> dict[Fate, int]:
    """How many keys had each fate."""
    return {fate: sum(each.fate is fate for each in entries) for fate in Fate}


def _find(root: Node, path: DocumentPath) -> Node:
    node = root
    for segment in path:
        if isinstance(node, Mapping) and isinstance(segment, str) and segment in node.entries:
            node = node.entries[segment].value
        elif isinstance(node, NodeList) and isinstance(segment, int) and segment < len(node.items):
            node = node.items[segment]
        else:
            raise ValueError(f"nothing stands at {spell(path)}")
    return node
