"""YAML text to a tree of nodes, with every problem of the notation as a diagnostic.

Never interprets what the document says and never raises: text that cannot be read gives no tree and the reason why.
"""

from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from sixnines.config.diagnostics import Diagnostic, DocumentPath, Severity, quoted, spell
from sixnines.config.nodes import Entry, Mapping, Node, Scalar, Sequence
from sixnines.config.yaml_events import DirectiveError, EventSource
from sixnines.config.yaml_faults import explain

_MAX_DEPTH = 32  # the deepest valid config has 6 levels
MOST_NODES = 500_000  # with aliases written out; a config of 2,000 models has 55,000


@dataclass(frozen=True, slots=True)
class Tree:
    """What was read.

    Attributes:
        root: the document, or None if the notation is broken or there is nothing in it.
        problems: what is wrong with the notation; there may be a tree in spite of them.
        size: how many values are in it, with aliases written out.
    """

    root: Node | None
    problems: tuple[Diagnostic, ...]
    size: int = 0


def parse_yaml(text: str, file: str, *, most_nodes: int = MOST_NODES, merge_keys: bool = False) -> Tree:
    """The tree of the one document in `text`.

    Args:
        text: the YAML.
        file: its name in the diagnostics.
        most_nodes: so many values may be in it, with aliases written out.
        merge_keys: `<<` means what it does in YAML 1.1; else it is a problem.
    """
    builder = _Builder(file, most_nodes, merge_keys=merge_keys)
    try:
        return Tree(builder.build(text), tuple(builder.problems), builder.size)
    except _BeyondUseError as beyond:
        builder.report(beyond.line, beyond.column, beyond.message, hint=beyond.hint)
    except DirectiveError as directive:
        mark = directive.problem_mark
        message = "%YAML and %TAG are not used here: config is always YAML 1.2"
        builder.report(mark.line + 1, mark.column + 1, message, hint="remove the line and the --- after it")
    except ReaderError as unreadable:
        before = text[: unreadable.position].replace("\r\n", "\n").replace("\r", "\n")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        builder.report(line, column, f"the character U+{unreadable.character:04X} is not allowed in YAML")
    except MarkedYAMLError as marked:
        fault = explain(marked)
        builder.report(fault.line, fault.column, fault.message, hint=fault.hint)
    except (ValueError, OverflowError):
        # ruamel.yaml lets these through for escapes that name no character, such as "\UFFFFFFFF".
        builder.report(*builder.position, "an escape that names no character")
    return Tree(None, tuple(builder.problems))


class _BeyondUseError(Exception):
    """Reading cannot go on."""

    def __init__(self, event: NodeEvent, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.line = event.start_mark.line + 1
        self.column = event.start_mark.column + 1
        self.message = message
        self.hint = hint


class _Builder:
    """Turns events into nodes, and remembers what was wrong on the way."""

    def __init__(self, file: str, most_nodes: int, *, merge_keys: bool) -> None:
        self.problems: list[Diagnostic] = []
        self.position = (1, 1)
        self._file = file
        self._most_nodes = most_nodes
        self._merge_keys = merge_keys
        self._events = EventSource("")
        self._anchors: dict[str, tuple[Node, int]] = {}
        self.size = 0  # nodes so far, with aliases written out
        self._depth = 0

    def report(self, line: int, column: int, message: str, *, path: DocumentPath = (), hint: str | None = None) -> None:
        """Remember a problem."""
        self.problems.append(Diagnostic(Severity.ERROR, self._file, line, column, spell(path), message, hint))

    def build(self, text: str) -> Node | None:
        """The root of the only document."""
        events = self._events = EventSource(text)
        try:
            events.get_event()  # the start of the stream
            root = None
            if not events.check_event(StreamEndEvent):
                events.get_event()  # the start of the document
                root = self._node(())
                events.get_event()  # the end of the document
            if not events.check_event(StreamEndEvent):
                raise _BeyondUseError(events.peek_event(), "a second document", hint="a config is one document")
        finally:
            self.position = (events.line + 1, events.column + 1)
        if root is None or (isinstance(root, Scalar) and root.is_blank):
            self.report(1, 1, "the file is empty", hint="the smallest config is: version: 1")
            return None
        return root

    def _node(self, path: DocumentPath) -> Node:
        event = self._events.get_event()
        if type(event) is AliasEvent:
            return self._alias(event)
        if self._depth > _MAX_DEPTH:  # not the length of the path: in a key everything has the path of the mapping
            raise _BeyondUseError(event, f"nested more than {_MAX_DEPTH} levels deep")
        if event.ctag is not None:
            message = "tags are not used here"
            self._at(event, message, path=path, hint="put text in quotes instead of tagging it")
        before = self.size
        self._depth += 1
        node = self._content(event, path)
        self._depth -= 1
        self._count(1, event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self.size - before)
        return node

    def _content(self, event: NodeEvent, path: DocumentPath) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if type(event) is ScalarEvent:
            return self._scalar(event, line, column)
        if type(event) is MappingStartEvent:
            return Mapping(line, column, self._entries(path))
        items: list[Node] = []
        while not self._events.check_event(SequenceEndEvent):
            items.append(self._node((*path, len(items))))
        self._events.get_event()
        return Sequence(line, column, tuple(items))

    def _scalar(self, event: ScalarEvent, line: int, column: int) -> Scalar:
        if event.style == '"' and not _can_be_written(event.value):
            raise _BeyondUseError(event, "an escape that names half a character (a surrogate)")
        return Scalar(line, column, event.value, event.style is None)

    def _entries(self, path: DocumentPath) -> dict[str, Entry]:
        events = self._events
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        while not events.check_event(MappingEndEvent):
            event = events.peek_event()
            key = self._node(path)
            value_path = (*path, key.text) if isinstance(key, Scalar) else path
            value = self._node(value_path)
            if not isinstance(key, Scalar):
                self._at(event, "a key must be text", path=path)
            elif key.text == "<<" and key.plain and self._merge_keys:
                merged.append(value)
            elif key.text == "<<" and key.plain:
                self._at(event, "merge keys (<<) are not part of YAML 1.2", path=path, hint="write the keys out")
            elif key.text in entries:
                first = entries[key.text].key.line
                self._at(event, f"the key {quoted(key.text)} is given twice, first in line {first}", path=value_path)
            else:
                entries[key.text] = Entry(key, value)
        events.get_event()
        for value in merged:
            self._merge(value, entries, path)
        return entries

    def _merge(self, value: Node, entries: dict[str, Entry], path: DocumentPath) -> None:
        """What `<<` brings in: the keys of a mapping, or of several, that do not stand there themselves."""
        for source in value.items if isinstance(value, Sequence) else (value,):
            if isinstance(source, Mapping):
                for key, entry in source.entries.items():
                    entries.setdefault(key, entry)
            else:
                self.report(source.line, source.column, "a merge key (<<) takes a mapping or a list of them", path=path)

    def _alias(self, event: AliasEvent) -> Node:
        if event.anchor not in self._anchors:
            raise _BeyondUseError(event, f"no anchor &{event.anchor} stands before this alias")
        node, size = self._anchors[event.anchor]
        self._count(size, event)
        return node

    def _count(self, nodes: int, event: NodeEvent) -> None:
        self.size += nodes
        if self.size > self._most_nodes:
            raise _BeyondUseError(event, f"with its aliases written out the config has more than {MOST_NODES:,} values")

    def _at(self, event: NodeEvent, message: str, *, path: DocumentPath, hint: str | None = None) -> None:
        mark = event.start_mark
        self.report(mark.line + 1, mark.column + 1, message, path=path, hint=hint)


def _can_be_written(text: str) -> bool:
    """Does `text` have a UTF-8 form?"""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
