"""YAML text to ruamel.yaml's events, with the scanner's hot paths replaced: a config of 2,000 models in half a second.

Never a second grammar: every method here does what the method of the same name in ruamel.yaml does, and hands back to
it for anything but the plainest input. A law compares the two: `tests/laws/config/test_yaml_tree_laws.py`.
"""

import re
import string
from collections.abc import Callable
from typing import cast

from ruamel.yaml.error import FileMark, YAMLError
from ruamel.yaml.events import NodeEvent, ScalarEvent
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import ScalarToken, Token

_ODD = r"\s\0\x85\u2028\u2029\ufeff"  # white space, and what ends or shifts a line for somebody
# A plain scalar that is a key of a block mapping: `: ` or a line break after the colon ends it.
_KEY_IN_BLOCK = re.compile(rf"[A-Za-z0-9_./][^:#{_ODD}]*(?=:[ \n])")
# A plain scalar that is the rest of its line, and the indentation of the next line.
_LINE_IN_BLOCK = re.compile(rf"([A-Za-z0-9_./][^:#{_ODD}]*(?::[^:#{_ODD}]+)*)\n( *)(?=[^ {_ODD}])")
# A plain scalar in a flow collection, ended by an indicator.
_PLAIN_IN_FLOW = re.compile(rf"[A-Za-z0-9_./][^:#,?\[\]{{}}{_ODD}]*(?=: |[,}}\]])")
_LONGEST_KEY = 1024  # characters; YAML 1.2.2, section 7.4.2
# A quoted scalar without escapes, quotes or white space inside; a doubled quote is an escape.
_QUOTED = {quote: re.compile(rf"{quote}([^'\"\\{_ODD}]*){quote}(?!{quote})") for quote in "'\""}


class DirectiveError(YAMLError):
    """The text holds a `%` directive.

    Attributes:
        problem_mark: where it starts.
    """

    def __init__(self, problem_mark: FileMark) -> None:
        super().__init__("directive")
        self.problem_mark = problem_mark


class EventSource(Reader, Scanner, Parser):
    """The events of one YAML 1.2 stream: `check_event`, `peek_event` and `get_event` of ruamel.yaml's parser."""

    # What the parts of ruamel.yaml ask of the object that holds them together.
    processing_version = (1, 2)
    scanner_processing_version = (1, 2)
    comment_handling = None  # comments are dropped
    reader = scanner = resolver = None

    def __init__(self, text: str) -> None:
        """Start at the beginning of `text`.

        Raises:
            ruamel.yaml.reader.ReaderError: the text holds a character that YAML does not allow.
        """
        self._head_is_final = False
        self.reader = self.scanner = self.resolver = self
        Reader.__init__(self, text, self)
        Scanner.__init__(self, self)
        Parser.__init__(self, self)

    # The parser looks at the next token up to eight times; once it is known not to become a key, it stays known.

    def _settle_head(self) -> None:
        while not self.done and (not self.tokens or self._head_may_be_a_key()):
            self.fetch_more_tokens()
        self._head_is_final = True

    def _head_may_be_a_key(self) -> bool:
        """A key is known by the colon that follows it, and what starts with it must be told before it."""
        self.stale_possible_simple_keys()
        for key in self.possible_simple_keys.values():  # noqa: SIM110 - a generator takes twice the time
            if key.token_number == self.tokens_taken:
                return True
        return False

    def check_token(self, *choices: type[Token]) -> bool:
        """Is the next token one of `choices`, or is there one at all?"""
        if not self._head_is_final:
            self._settle_head()
        return bool(self.tokens) and (not choices or isinstance(self.tokens[0], choices))

    def peek_token(self) -> Token | None:
        """The next token, left in place; None at the end."""
        if not self._head_is_final:
            self._settle_head()
        return cast("Token", self.tokens[0]) if self.tokens else None

    def get_token(self) -> Token | None:
        """The next token, taken; None at the end."""
        token = self.peek_token()
        self._head_is_final = False
        if token is not None:
            self.tokens_taken += 1
            del self.tokens[0]
        return token

    def stale_possible_simple_keys(self) -> None:
        """Forget what can no longer be a key: it is on another line, or too long."""
        line, oldest = self.line, self.index - _LONGEST_KEY
        for key in self.possible_simple_keys.values():
            if key.line != line or key.index < oldest:
                super().stale_possible_simple_keys()
                return

    def get_mark(self) -> FileMark:
        """Where we are, without the copy of the text that ruamel.yaml keeps for its own messages."""
        return FileMark(self.name, self.index, self.line, self.column)

    def fetch_more_tokens(self) -> None:
        """Scan the next token, and with it what becomes known by it."""
        self.scan_to_next_token()
        fetch = _FETCHERS.get(self.buffer[self.pointer])
        if fetch is None:
            super().fetch_more_tokens()
            return
        self.stale_possible_simple_keys()
        self.unwind_indent(self.column)
        fetch(self)

    def parse_node(self, block: bool = False, indentless_sequence: bool = False) -> NodeEvent:
        """The event of the value that comes next."""
        token = self.peek_token()
        if type(token) is not ScalarToken:
            return cast("NodeEvent", super().parse_node(block, indentless_sequence))
        # No alias, anchor or tag stands before it: that would be the next token.
        self.get_token()
        self.state = self.states.pop()
        implicit = (token.plain, not token.plain)
        return ScalarEvent(None, None, implicit, token.value, token.start_mark, token.end_mark, style=token.style)

    def forward(self, length: int = 1) -> None:
        """Move on by `length` characters."""
        end = self.pointer + length
        passed = self.buffer[self.pointer : end]
        if len(passed) != length or "\n" in passed or "\r" in passed or "\ufeff" in passed:
            super().forward(length)
        else:
            self._advance(length)

    def _advance(self, length: int) -> None:
        """Move on by characters that are known to be neither line breaks nor byte order marks."""
        self.pointer += length
        self.index += length
        self.column += length

    def scan_to_next_token(self) -> None:
        """Skip white space and comments."""
        start = self.pointer
        end = start
        while self.buffer[end] == " ":
            end += 1
        self._advance(end - start)
        if self.buffer[end] in "#\n\r\t\x85\u2028\u2029\ufeff":
            super().scan_to_next_token()

    def scan_plain(self) -> ScalarToken:
        """A scalar without quotes."""
        if self.flow_context:
            found = _PLAIN_IN_FLOW.match(self.buffer, self.pointer)
        else:
            found = _KEY_IN_BLOCK.match(self.buffer, self.pointer)
            if found is None:
                return self._scan_plain_line()
        if found is None:
            return cast("ScalarToken", super().scan_plain())
        self.allow_simple_key = False
        return self._scalar(found.group(), found.end(), style=None)

    def _scan_plain_line(self) -> ScalarToken:
        found = _LINE_IN_BLOCK.match(self.buffer, self.pointer)
        if found is None or len(found.group(2)) > self.indent:  # a deeper next line continues the scalar
            return cast("ScalarToken", super().scan_plain())
        token = self._scalar(found.group(1), found.end(1), style=None)
        self._advance(found.end() - found.end(1))
        self.line += 1
        self.column = len(found.group(2))
        self.allow_simple_key = True
        return token

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        """A scalar in quotes."""
        found = _QUOTED[style].match(self.buffer, self.pointer)
        if found is None:
            return cast("ScalarToken", super().scan_flow_scalar(style))
        return self._scalar(found.group(1), found.end(), style=style)

    def _scalar(self, value: str, end: int, *, style: str | None) -> ScalarToken:
        start_mark = self.get_mark()
        self._advance(end - self.pointer)
        return ScalarToken(value, style is None, start_mark, self.get_mark(), style)

    def fetch_directive(self) -> None:
        """Refuse `%YAML` and `%TAG`: config is always YAML 1.2.

        Raises:
            DirectiveError: always.
        """
        raise DirectiveError(self.get_mark())


# Characters that say alone what comes. All others (`-`, `?`, `:`, `.` and so on) need a look at what follows.
_FETCHERS: dict[str, Callable[[EventSource], None]] = {
    "[": EventSource.fetch_flow_sequence_start,
    "]": EventSource.fetch_flow_sequence_end,
    "{": EventSource.fetch_flow_mapping_start,
    "}": EventSource.fetch_flow_mapping_end,
    ",": EventSource.fetch_flow_entry,
    "'": EventSource.fetch_single,
    '"': EventSource.fetch_double,
    **dict.fromkeys(string.ascii_letters + string.digits, EventSource.fetch_plain),
}
