"""A YAML document as a tree in which every key and value knows where it stands.

Never interprets a value: `scalars.py` says what a plain scalar means, `decode.py` what a config may hold.
"""

import msgspec

from sixnines.config.diagnostics import DocumentPath

# Structs rather than dataclasses: a config of 2,000 models has 50,000 nodes, and these are made four times as fast.


class Scalar(msgspec.Struct, frozen=True, gc=False):
    """A piece of text.

    Attributes:
        line, column: from 1, of its first character.
        text: with quotes and escapes undone.
        plain: written without quotes, so that it may mean a number, a truth value or null.
    """

    line: int
    column: int
    text: str
    plain: bool

    @property
    def is_blank(self) -> bool:
        """Nothing stands there: null that was not written out, at a place that nobody would call its own."""
        return self.plain and not self.text


class Entry(msgspec.Struct, frozen=True):
    """One key of a mapping, and its value."""

    key: Scalar
    value: "Node"


class Mapping(msgspec.Struct, frozen=True):
    """Keys and values, in the order of the file.

    Attributes:
        line, column: from 1, of its first character.
        entries: by the key's text.
    """

    line: int
    column: int
    entries: dict[str, Entry]


class Sequence(msgspec.Struct, frozen=True):
    """A list.

    Attributes:
        line, column: from 1, of its first character.
        items: in order.
    """

    line: int
    column: int
    items: tuple["Node", ...]


Node = Scalar | Mapping | Sequence


def locate(root: Node, path: DocumentPath) -> tuple[int, int]:
    """Line and column of what `path` names.

    That is the value where it is a scalar or an item of a list, else the key; where the path leads to something that is
    not in the file, the last part of it that is.
    """
    node = root
    position = (root.line, root.column)
    for segment in path:
        if isinstance(node, Mapping) and isinstance(segment, str) and segment in node.entries:
            entry = node.entries[segment]
            node = entry.value
            place: Node = node if isinstance(node, Scalar) and not node.is_blank else entry.key
        elif isinstance(node, Sequence) and isinstance(segment, int) and segment < len(node.items):
            place = node = node.items[segment]
        else:
            break
        position = (place.line, place.column)
    return position
