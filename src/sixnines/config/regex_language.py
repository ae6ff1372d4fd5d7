"""Which names a regular expression takes: does one take all that another takes, and which ones if they are few?

Never guesses: where an expression holds what this does not know, or the answer would take long, there is none. Names
are looked at as far as they are printable ASCII; with others a pattern may do what nobody expects of it.
"""

import string
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import assert_never

_ALPHABET = frozenset(chr(code) for code in range(0x20, 0x7F))
_DIGITS = frozenset(string.digits)
_WORD = frozenset(string.ascii_letters + string.digits + "_")
_SPACE = frozenset(" ")
_CLASSES = {
    "d": _DIGITS,
    "w": _WORD,
    "s": _SPACE,
    "D": _ALPHABET - _DIGITS,
    "W": _ALPHABET - _WORD,
    "S": _ALPHABET - _SPACE,
}
_MOST_STATES = 4000  # `.{200}` has 200
_MOST_STEPS = 1000  # of comparing two expressions; usual ones take fifty


class _UnknownError(Exception):
    """There is no answer."""


@dataclass(frozen=True, slots=True)
class _Chars:
    """One character out of these."""

    of: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Sequence:
    """One after the other."""

    items: "tuple[_Tree, ...]"


@dataclass(frozen=True, slots=True)
class _Choice:
    """One or the other."""

    items: "tuple[_Tree, ...]"


@dataclass(frozen=True, slots=True)
class _Repeat:
    """So many times; `most` None: any number."""

    item: "_Tree"
    least: int
    most: int | None


_Tree = _Chars | _Sequence | _Choice | _Repeat


@dataclass(frozen=True, slots=True)
class Language:
    """The names that an expression takes, as an automaton that starts in state 0.

    Attributes:
        accepts: the state in which a name is complete.
        edges: by state, the characters that lead on, and where to.
        free: by state, where one comes without a character.
    """

    accepts: int = 0
    edges: list[list[tuple[frozenset[str], int]]] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)

    def closed(self, states: Iterable[int]) -> frozenset[int]:
        """`states`, and where one comes from them without a character."""
        found = set(states)
        pending = list(found)
        while pending:
            for state in self.free[pending.pop()]:
                if state not in found:
                    found.add(state)
                    pending.append(state)
        return frozenset(found)

    def after(self, states: frozenset[int], character: str) -> frozenset[int]:
        """Where `character` leads from `states`."""
        return self.closed(
            target for state in states for characters, target in self.edges[state] if character in characters
        )

    def sets(self) -> Iterator[frozenset[str]]:
        """All sets of characters in it."""
        for edges in self.edges:
            for characters, _ in edges:
                yield characters


def language_of(expression: str) -> Language | None:
    """The language of a valid expression that has to match the whole name; None if it holds what is not known here."""
    try:
        builder = _Builder()
        return Language(builder.add(_Parser(expression).whole(), builder.state()), builder.edges, builder.free)
    except _UnknownError:
        return None


def takes_all(outer: Language, inner: Language) -> bool:
    """Is every name that `inner` takes surely one that `outer` takes?"""
    characters = _representatives([*outer.sets(), *inner.sets()])
    start = inner.closed([0]), outer.closed([0])
    seen = {start}
    pending = deque([start])
    while pending:
        here, there = pending.popleft()
        if inner.accepts in here and outer.accepts not in there:
            return False
        for character in characters:
            after = inner.after(here, character)
            step = after, outer.after(there, character)
            if after and step not in seen:
                if len(seen) >= _MOST_STEPS:
                    return False  # not surely
                seen.add(step)
                pending.append(step)
    return True


def few_names(language: Language, most: int) -> list[str] | None:
    """All names that it takes, the shortest first, if there are no more than `most`; None if so much is not known."""
    characters = sorted(_ALPHABET)
    names: list[str] = []
    pending = deque([("", language.closed([0]))])
    steps = 0
    while pending:
        name, states = pending.popleft()
        steps += 1
        if language.accepts in states:
            names.append(name)
        used = frozenset[str]().union(*(chars for state in states for chars, _ in language.edges[state]))
        # Every character that leads on leads to a name at least.
        if max(len(names), len(used)) > most or steps > _MOST_STEPS:
            return None
        pending.extend((name + each, language.after(states, each)) for each in characters if each in used)
    return names


def shortest_name(language: Language) -> str | None:
    """A name that it takes, and no other is shorter; None if it takes none, or if that is not known."""
    characters = _representatives(language.sets())
    start = language.closed([0])
    seen = {start}
    pending = deque([("", start)])
    while pending and len(seen) < _MOST_STEPS:
        name, states = pending.popleft()
        if language.accepts in states:
            return name
        for character in characters:
            after = language.after(states, character)
            if after and after not in seen:
                seen.add(after)
                pending.append((name + character, after))
    return None


def _representatives(sets: Iterable[frozenset[str]]) -> list[str]:
    """One character for all that stand in the same sets: what holds for one holds for the others."""
    distinct = list(dict.fromkeys(sets))
    found: dict[tuple[bool, ...], str] = {}
    for character in sorted(_ALPHABET):
        found.setdefault(tuple(character in each for each in distinct), character)
    return list(found.values())


class _Builder:
    """Puts an automaton together, piece behind piece."""

    def __init__(self) -> None:
        self.edges: list[list[tuple[frozenset[str], int]]] = []
        self.free: list[list[int]] = []

    def state(self) -> int:
        """A new one."""
        if len(self.edges) >= _MOST_STATES:
            raise _UnknownError
        self.edges.append([])
        self.free.append([])
        return len(self.edges) - 1

    def add(self, tree: _Tree, start: int) -> int:
        """Put `tree` behind the state `start`; the state behind it."""
        match tree:
            case _Chars(of=characters):
                end = self.state()
                self.edges[start].append((characters, end))
            case _Sequence(items=items):
                end = start
                for item in items:
                    end = self.add(item, end)
            case _Choice(items=items):
                end = self.state()
                for item in items:
                    begin = self.state()
                    self.free[start].append(begin)
                    self.free[self.add(item, begin)].append(end)
            case _Repeat():
                end = self._repeat(tree, start)
            case _:
                assert_never(tree)
        return end

    def _repeat(self, tree: _Repeat, start: int) -> int:
        for _ in range(tree.least):
            start = self.add(tree.item, start)
        end = self.state()
        self.free[start].append(end)
        if tree.most is None:
            self.free[self.add(tree.item, end)].append(end)
            return end
        for _ in range(tree.most - tree.least):
            start = self.add(tree.item, start)
            self.free[start].append(end)
        return end


class _Parser:
    """Reads an expression that Python's `re` has found valid."""

    def __init__(self, text: str) -> None:
        self._any_case = text.startswith("(?i)")
        self._text = text.removeprefix("(?i)")
        self._at = 0
        self._depth = 0

    def whole(self) -> _Tree:
        """All of it."""
        tree = self._choice()
        if self._at < len(self._text):
            raise _UnknownError
        return tree

    def _take(self, sign: str) -> bool:
        """Pass `sign` if it comes next."""
        there = self._text.startswith(sign, self._at)
        self._at += len(sign) if there else 0
        return there

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise _UnknownError
        self._at += 1
        return self._text[self._at - 1]

    def _choice(self) -> _Tree:
        items = [self._sequence()]
        while self._take("|"):
            items.append(self._sequence())
        return items[0] if len(items) == 1 else _Choice(tuple(items))

    def _sequence(self) -> _Tree:
        items: list[_Tree] = []
        if not self._depth:
            self._take("^")  # it has to match from the beginning anyway
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if not self._depth and self._take("$"):
                if self._at < len(self._text) and self._text[self._at] != "|":
                    raise _UnknownError
                break
            items.append(self._repeated(self._atom()))
        return items[0] if len(items) == 1 else _Sequence(tuple(items))

    def _atom(self) -> _Tree:
        sign = self._next()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._cased(self._set())
        if sign == ".":
            return _Chars(_ALPHABET)
        if sign == "\\":
            return self._cased(self._escaped())
        if sign in "^$*+?":
            raise _UnknownError
        return self._cased(frozenset(sign))

    def _cased(self, characters: frozenset[str]) -> _Chars:
        return _Chars(self._in_any_case(characters) & _ALPHABET)

    def _in_any_case(self, characters: frozenset[str]) -> frozenset[str]:
        if not self._any_case:
            return characters
        return characters.union(*((each.lower(), each.upper()) for each in characters))

    def _group(self) -> _Tree:
        if self._take("?") and not self._take(":"):
            raise _UnknownError
        self._depth += 1
        tree = self._choice()
        self._depth -= 1
        if not self._take(")"):
            raise _UnknownError
        return tree

    def _escaped(self) -> frozenset[str]:
        """What the character behind a backslash stands for."""
        sign = self._next()
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign.isalnum() or not sign.isascii():
            raise _UnknownError
        return frozenset(sign)

    def _set(self) -> frozenset[str]:
        """What stands in brackets."""
        inverted = self._take("^")
        found: set[str] = set()
        first = True
        while first or not self._take("]"):
            sign = self._next()
            first = False
            members = self._escaped() if sign == "\\" else frozenset(sign)
            if self._text.startswith("-", self._at) and not self._text.startswith("-]", self._at):
                self._at += 1
                sign = self._next()
                last = self._escaped() if sign == "\\" else frozenset(sign)
                if len(members) != 1 or len(last) != 1:
                    raise _UnknownError
                members = frozenset(map(chr, range(ord(min(members)), ord(min(last)) + 1)))
            found |= members
        members = self._in_any_case(frozenset(found))
        return _ALPHABET - members if inverted else members

    def _repeated(self, tree: _Tree) -> _Tree:
        least: int = 1
        most: int | None = 1
        if self._take("*"):
            least, most = 0, None
        elif self._take("+"):
            most = None
        elif self._take("?"):
            least = 0
        elif self._text.startswith("{", self._at):
            found = self._counted()
            if found is None:
                return tree
            least, most = found
        else:
            return tree
        self._take("?")  # in which order the ways are tried makes no difference
        if self._at < len(self._text) and self._text[self._at] in "*+?":  # possessive, or no expression
            raise _UnknownError
        return _Repeat(tree, least, most)

    def _counted(self) -> tuple[int, int | None] | None:
        """`{2,5}`; None where the brace stands for itself."""
        inner, brace, _ = self._text[self._at + 1 :].partition("}")
        low, comma, high = inner.partition(",")
        if not brace or not inner or not all(each == "" or (each.isascii() and each.isdigit()) for each in (low, high)):
            return None
        self._at += len(inner) + 2
        least = int(low or 0)
        return least, least if not comma else int(high) if high else None
