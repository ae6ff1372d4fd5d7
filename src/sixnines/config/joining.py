"""The files of a config to one document, and from a path in that document back to the file and line it came from.

Never lets one file overrule another: a name that two of them give is an error, and what is not a name or an item of a
list has its place in the first file only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sixnines.config.diagnostics import Diagnostic, DocumentPath, Finding
from sixnines.config.document import Document
from sixnines.config.including import LISTED, NAMED, Part
from sixnines.config.nodes import Mapping, locate


@dataclass(frozen=True, slots=True)
class Joined:
    """All files together.

    Attributes:
        document: what they say, or None if the first one says nothing.
        problems: names that two files give.
        unusable: what stands in a file and not in the document.
        origin: where everything came from.
    """

    document: Document | None
    problems: tuple[Diagnostic, ...]
    unusable: frozenset[DocumentPath]
    origin: "Origin"


class Origin:
    """Which file each part of a document came from."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._owners: dict[tuple[str, str], Part] = {}
        for part in parts:
            for key, name in _names(part):
                self._owners.setdefault((key, name), part)

    def owner(self, key: str, name: str) -> Part:
        """The file that gives the entry `name` of the mapping `key`."""
        return self._owners[key, name]

    def located(self, finding: Finding) -> Diagnostic:
        """The finding with its place. Items of lists are counted as in their file."""
        part, path = self._split(finding.path)
        return part.diagnostic(path, finding.message, hint=finding.hint, severity=finding.severity)

    def _split(self, path: DocumentPath) -> tuple[Part, DocumentPath]:
        """The file of what `path` names, and the path there."""
        first = self._parts[0]
        match path:
            case (str(key), str(name), *_) if key in NAMED:
                return self._owners.get((key, name), first), path
            case (str(key), int(index), *rest) if key in LISTED:
                for part in self._parts:
                    count = len(_items(part, key))
                    if index < count:
                        return part, (key, index, *rest)
                    index -= count
        return first, path


def join(parts: Sequence[Part]) -> Joined:
    """Put `parts` together; the first one comes first, and so do its entries and items."""
    origin = Origin(parts)
    unusable = frozenset(path for part in parts for path in part.unusable)
    if parts[0].values is None:
        return Joined(None, (), unusable, origin)
    values = dict(parts[0].values)
    values.setdefault("version", 1)  # a missing version is reported; the rest can still be checked
    for key in NAMED:
        entries = {
            name: entry
            for part in parts
            for name, entry in _entries(part, key).items()
            if origin.owner(key, name) is part
        }
        values |= {key: entries} if entries else {}
    for key in LISTED:
        items = tuple(item for part in parts for item in _items(part, key))
        values |= {key: items} if items else {}
    document = Document(**values)  # type: ignore[arg-type]  # the decoder has read them by the same Struct
    return Joined(document, tuple(_given_twice(parts, origin)), unusable, origin)


def _given_twice(parts: Sequence[Part], origin: Origin) -> Iterator[Diagnostic]:
    for part in parts:
        for key, name in _names(part):
            owner = origin.owner(key, name)
            if owner is not part and owner.root is not None:
                line, column = locate(owner.root, (key, name))
                message = f"this name is given in another file already ({owner.name}:{line}:{column})"
                yield part.diagnostic((key, name), message, hint="remove one of them, or rename it")


def _names(part: Part) -> Iterator[tuple[str, str]]:
    """Every name that the file gives, also where what it stands for cannot be used."""
    if not isinstance(part.root, Mapping):
        return
    for key in NAMED:
        entry = part.root.entries.get(key)
        if entry is not None and isinstance(entry.value, Mapping):
            for name in entry.value.entries:
                yield key, name


def _entries(part: Part, key: str) -> dict[str, object]:
    found = None if part.values is None else part.values.get(key)
    return found if isinstance(found, dict) else {}


def _items(part: Part, key: str) -> tuple[object, ...]:
    found = None if part.values is None else part.values.get(key)
    return found if isinstance(found, tuple) else ()
