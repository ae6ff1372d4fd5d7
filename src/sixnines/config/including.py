"""The files of a config: the first one, and what it and the others name under `include`, each read by itself.

Never follows a name in them: `joining.py` puts them together. Never reads a file but through the `Files` it is given.
"""

from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sixnines.config.decode import decode
from sixnines.config.diagnostics import Diagnostic, DocumentPath, Severity, quoted, spell
from sixnines.config.document import Document
from sixnines.config.nodes import Mapping, Node, locate
from sixnines.config.report import split_lines
from sixnines.config.shapes import Section, section_of
from sixnines.config.sources import MOST_BYTES, TOO_LARGE, Files, SourceFile, UnreadableError
from sixnines.config.yaml_tree import MOST_NODES, parse_yaml

NAMED = ("domains", "providers", "models", "routes")
"""The keys that every file may have and whose entries, by name, are joined."""
LISTED = ("patterns",)
"""The keys that every file may have and whose items are joined in the order of the files."""

MOST_FILES = 1000  # a file for each model of a large config
MOST_DEPTH = 8  # files that name each other; two are usual
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a config.

    Attributes:
        source: what was read.
        name: what to call it in the diagnostics.
        lines: of it, for excerpts.
        root: its tree, or None if it has none.
        values: what it says that is usable, by attribute of `Document`; None if there is nothing to go on with.
        unusable: what stands in it and not in `values`.
    """

    source: SourceFile
    name: str
    lines: tuple[str, ...] = field(repr=False)
    root: Node | None = None
    values: Mapping_[str, object] | None = None
    unusable: frozenset[DocumentPath] = frozenset()

    def diagnostic(
        self, path: DocumentPath, message: str, *, hint: str | None = None, severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        """Something about what `path` names in this file."""
        line, column = (1, 1) if self.root is None else locate(self.root, path)
        return Diagnostic(severity, self.name, line, column, spell(path), message, hint)


@dataclass(frozen=True, slots=True)
class Parts:
    """What came of reading all files.

    Attributes:
        parts: the first one first, each of the others where it was named: depth first.
        problems: what is wrong with each by itself.
        complete: nothing that should be there is missing: every file could be read, and its notation is whole.
    """

    parts: tuple[Part, ...]
    problems: tuple[Diagnostic, ...]
    complete: bool


def read_parts(first: SourceFile, name: str, files: Files) -> Parts:
    """Read `first` and all that it includes.

    Args:
        first: the file that the operator names; its path is that file's name alone.
        name: what to call it in the diagnostics; the others are called by their place beside it.
        files: where the others are.
    """
    reader = _Reader(name, files)
    reader.read(first, (first.path,))
    return Parts(tuple(reader.parts), tuple(reader.problems), reader.complete)


class _Reader:
    """Reads file after file, and remembers what was wrong on the way."""

    def __init__(self, name: str, files: Files) -> None:
        self.parts: list[Part] = []
        self.problems: list[Diagnostic] = []
        self.complete = True
        self._name = name
        self._files = files
        self._named_at: dict[str, str] = {}
        self._bytes_left = MOST_BYTES
        self._nodes_left = MOST_NODES

    def read(self, source: SourceFile, trail: tuple[str, ...]) -> None:
        """Read one file and what it includes; `trail`: how it was come to, its own path last."""
        self._bytes_left -= len(source.content)
        part = self._part(source)
        self.parts.append(part)
        if part.values is None or ("include",) in part.unusable:
            self.complete = False
            return
        named = part.values.get("include", ())
        for index, text in enumerate(named if isinstance(named, tuple) else ()):
            self._include(part, index, text, trail)

    def _part(self, source: SourceFile) -> Part:
        name = self._name if not self.parts else _beside(self._name, source.path)
        try:
            text = source.content.decode()
        except UnicodeDecodeError as problem:
            before = split_lines(source.content[: problem.start].decode())
            place = len(before), len(before[-1]) + 1
            self.problems.append(Diagnostic(Severity.ERROR, name, *place, "", "not UTF-8"))
            return Part(source, name, ())
        lines = tuple(split_lines(text))
        tree = parse_yaml(text, name, most_nodes=self._nodes_left)
        self._nodes_left -= tree.size
        self.problems += tree.problems
        if tree.root is None:
            return Part(source, name, lines)
        part = Part(source, name, lines, tree.root)
        root = tree.root
        section = section_of(Document)
        if self.parts:
            section = _section_of_included(section)
            root = self._without_misplaced(part, root, section)
        decoded = decode(root, name, section)
        self.problems += decoded.problems
        return replace(part, values=decoded.values, unusable=decoded.unusable)

    def _without_misplaced(self, part: Part, root: Node, allowed: Section) -> Node:
        """The tree without the keys that only the first file may have."""
        if not isinstance(root, Mapping):
            return root
        whole = section_of(Document).fields
        misplaced = [key for key in root.entries if key in whole and key not in allowed.fields]
        for key in misplaced:
            message = f"has its place in {self._name} only, which includes this file"
            self.problems.append(part.diagnostic((key,), message, hint="move it there"))
        kept = {key: entry for key, entry in root.entries.items() if key not in misplaced}
        return Mapping(root.line, root.column, kept)

    def _include(self, part: Part, index: int, text: str, trail: tuple[str, ...]) -> None:
        """Read what one item of a list under `include` names."""
        path = PurePosixPath(part.source.path).parent / text
        reason = _against(text)
        if reason is not None:
            hint = "all of a config lies in the folder of its first file or below"
            self._refuse(part, index, reason, hint=hint)
        elif not _WILDCARDS.intersection(path.name):
            self._one(part, index, str(path), trail)
        else:
            try:
                found = self._files.matching(str(path))
            except UnreadableError as problem:
                self._refuse(part, index, f"the folder {quoted(str(path.parent))} {problem.reason}", hint=problem.hint)
                return
            if not found:
                nothing = part.diagnostic(
                    ("include", index), f"no file matches {quoted(text)}", severity=Severity.WARNING
                )
                self.problems.append(nothing)
            for each in found:
                self._one(part, index, each, trail)

    def _one(self, part: Part, index: int, path: str, trail: tuple[str, ...]) -> None:
        """Read the file at `path`, unless that is out of the question."""
        if path in trail:
            way = " -> ".join(quoted(each) for each in (*trail[trail.index(path) :], path))
            self._refuse(part, index, f"the files include each other: {way}", hint="remove one of them")
        elif path in self._named_at:
            self._refuse(part, index, f"{quoted(path)} is included already ({self._named_at[path]})", hint="remove it")
        elif len(self.parts) >= MOST_FILES:
            self._refuse(part, index, f"more than {MOST_FILES:,} files")
        elif len(trail) >= MOST_DEPTH:
            self._refuse(part, index, f"more than {MOST_DEPTH} files that include each the next")
        else:
            place = part.diagnostic(("include", index), "")
            self._named_at[path] = f"{place.file}:{place.line}:{place.column}"
            try:
                content = self._files.read(path)
            except UnreadableError as problem:
                self._refuse(part, index, f"the file {quoted(path)} {problem.reason}", hint=problem.hint)
                return
            if len(content) > self._bytes_left:
                with_others = "" if len(content) > MOST_BYTES else "with the other files "
                self._refuse(part, index, f"the file {quoted(path)} is {with_others}{TOO_LARGE}")
            else:
                self.read(SourceFile(path, content), (*trail, path))

    def _refuse(self, part: Part, index: int, message: str, *, hint: str | None = None) -> None:
        self.complete = False
        self.problems.append(part.diagnostic(("include", index), message, hint=hint))


def _against(text: str) -> str | None:
    """What speaks against following `text`, whatever is there."""
    path = PurePosixPath(text)
    if path.is_absolute():
        return "an absolute path; only one that is relative to this file can stand here"
    if ".." in path.parts:
        return "a path that leads upwards (..)"
    if not path.parts:
        return "this folder, and not a file in it"
    if any(_WILDCARDS.intersection(each) for each in path.parts[:-1]):
        return "a wildcard in the name of a folder; it can stand in the last part only"
    return None


def _beside(name: str, path: str) -> str:
    """What to call the file at `path`, where the first one is called `name`."""
    return str(PurePosixPath(name).parent / path)


def _section_of_included(whole: Section) -> Section:
    """What a file that is not the first may hold. Its version may be left out; if it is there, it is looked at."""
    keys = ("version", "include", *NAMED, *LISTED)
    fields = {key: each for key, each in whole.fields.items() if key in keys}
    return Section(whole.struct, fields | {"version": replace(whole.fields["version"], required=False)})
