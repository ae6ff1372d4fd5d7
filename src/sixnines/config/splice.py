"""Changes of single values in the text of a config that leave every other character as it is: comments, order, quotes.

Never guesses: a value that does not stand there as a piece of text on its own, because an anchor, a block or nothing is
there, is refused.
"""

import json
import re
from collections.abc import Mapping

from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sixnines.config.diagnostics import DocumentPath, spell
from sixnines.config.nodes import Scalar
from sixnines.config.scalars import resolve
from sixnines.config.yaml_events import EventSource

# What can stand in YAML without quotes, in a block and in a flow collection, and is text there.
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./+@-]*(?::[A-Za-z0-9_./+@-]+)*")


class CannotSplice(ValueError):  # noqa: N818 - what it is
    """A value cannot be replaced; the message says which and why."""


def replace_texts(text: str, values: Mapping[DocumentPath, str]) -> str:
    """`text` with other texts at some paths. The text must be a config that can be read.

    Raises:
        CannotSplice: one of them does not stand there as text on its own.
    """
    places = _Places(text, set(values))
    missing = [path for path in values if path not in places.found]
    if missing:
        raise CannotSplice(f"{spell(missing[0])} does not stand there as text on its own")
    for path in sorted(values, key=lambda each: places.found[each][0], reverse=True):
        start, end = places.found[path]
        text = text[:start] + written(values[path]) + text[end:]
    return text


def written(value: str) -> str:
    """A piece of text as YAML: plain where it would be read as that very text, else in double quotes."""
    if _PLAIN.fullmatch(value) and resolve(Scalar(1, 1, value, plain=True)) == value:
        return value
    return json.dumps(value, ensure_ascii=False)  # YAML 1.2.2, section 1.3: JSON is YAML


class _Places:
    """Where scalars stand in a text: their first character and the one behind the last, by path."""

    def __init__(self, text: str, wanted: set[DocumentPath]) -> None:
        self.found: dict[DocumentPath, tuple[int, int]] = {}
        self._wanted = wanted
        self._events = EventSource(text)
        self._events.get_event()
        self._events.get_event()
        self._node(())

    def _node(self, path: DocumentPath) -> str:
        """Pass over one node; its text, if it is one."""
        event: NodeEvent = self._events.get_event()
        match event:
            case ScalarEvent():
                if path in self._wanted and event.anchor is None and event.style in {None, "'", '"'} and event.value:
                    self.found[path] = (event.start_mark.index, event.end_mark.index)
                return str(event.value)
            case MappingStartEvent():
                while not self._events.check_event(MappingEndEvent):
                    key = self._node((*path, ""))
                    self._node((*path, key))
                self._events.get_event()
            case SequenceStartEvent():
                index = 0
                while not self._events.check_event(SequenceEndEvent):
                    self._node((*path, index))
                    index += 1
                self._events.get_event()
            case AliasEvent():
                pass
        return ""
