"""Which behaviour a request gets: the rules of a script in order, with their counters. No I/O."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sixnines.testing.script import Asked, Behaviour, Rule, Script, When

_GENERATION = frozenset((Asked.CHAT, Asked.COMPLETION, Asked.EMBEDDING))


@dataclass(frozen=True, slots=True)
class Cue:
    """What rules look at.

    Attributes:
        operation: what is asked for; `info` for everything that is not generation.
        method: as sent.
        path: without the query.
        header: the first value of a request header, by its name in lower case.
        model: the model asked for, or "".
        stream: whether a stream is wanted.
        prompt: all text of the prompt.
    """

    operation: Asked
    method: str
    path: str
    header: Callable[[bytes], bytes | None]
    model: str = ""
    stream: bool = False
    prompt: str = ""


class Director:
    """Chooses behaviours by one script, from the first request on.

    Args:
        script: the rules.
    """

    __slots__ = ("_chance", "_default", "_rules")

    def __init__(self, script: Script) -> None:
        self._default = script.default
        self._rules = [_Counted(rule) for rule in script.rules]
        self._chance = random.Random(script.seed)  # noqa: S311 - scripted chances, not secrets

    def choose(self, cue: Cue) -> Behaviour:
        """The behaviour of the first rule that applies, or the default; plain information gets an ordinary answer."""
        for rule in self._rules:
            if rule.applies(cue, self._chance):
                return rule.rule.then
        return self._default if cue.operation in _GENERATION else _ORDINARY


_ORDINARY = Behaviour()


class _Counted:
    """A rule and how often it was met and applied."""

    __slots__ = ("applied", "met", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.met = 0
        self.applied = 0

    def applies(self, cue: Cue, chance: random.Random) -> bool:
        rule = self.rule
        if not _meets(rule.when, cue):
            return False
        self.met += 1
        if rule.nth and self.met not in rule.nth:
            return False
        if rule.times is not None and self.applied >= rule.times:
            return False
        if rule.chance < 1 and chance.random() >= rule.chance:
            return False
        self.applied += 1
        return True


def _meets(when: When, cue: Cue) -> bool:
    return (
        _meets_operation(when, cue)
        and (when.method is None or when.method == cue.method)
        and (when.path is None or fnmatchcase(cue.path, when.path))
        and (when.model is None or fnmatchcase(cue.model, when.model))
        and (when.stream is None or when.stream == cue.stream)
        and (when.prompt is None or when.prompt in cue.prompt)
        and all(_holds(cue, name, text) for name, text in when.header.items())
    )


def _meets_operation(when: When, cue: Cue) -> bool:
    if when.operation is None:
        return when.path is not None or cue.operation in _GENERATION
    return when.operation in {Asked.ANY, cue.operation}


def _holds(cue: Cue, name: str, text: str) -> bool:
    value = cue.header(name.lower().encode("latin-1"))
    return value is not None and text in value.decode("latin-1")
