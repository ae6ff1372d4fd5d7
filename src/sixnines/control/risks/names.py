"""Risks about names: what callers ask for is gone, or means something else.

Never speaks of a new name: nobody asks for it yet.
"""

import re
from collections.abc import Iterator

from sixnines.config.diagnostics import quoted
from sixnines.config.model_sections import Pattern
from sixnines.control.risks.interface import Both, Risk, Rule, Side, high, medium, place_of, shown

# What may follow a character of a regular expression and make it anything but one occurrence of itself.
_QUANTIFIERS = "*+?{"
_SPECIAL = frozenset(".^$*+?{}[]\\|()")


def _gone(both: Both) -> Iterator[Risk]:
    for name, meant in _names(both.old).items():
        if _meaning(both.new, name) is None:
            path = place_of(both.old, meant)
            what = "model" if name in both.old.document.models else "route" if name == meant else "alias"
            hint = "keep it as an alias of another one" if what != "alias" else "keep it"
            yield high("name_gone", path, f"who asks for the {what} {shown(name)} gets 404", hint=hint)


def _other_meaning(both: Both) -> Iterator[Risk]:
    for name, meant in _names(both.old).items():
        now = _meaning(both.new, name)
        if now is None or now == meant:
            continue
        if _answers(both.old, meant) != _answers(both.new, now):
            yield medium("name_means", place_of(both.new, now), f"who asks for {shown(name)} now gets {shown(now)}")


def _default(both: Both) -> Iterator[Risk]:
    before, after = both.old.document.default_model, both.new.document.default_model
    path = ("default_model",)
    if before == after:
        return
    if before is None and after is not None:
        yield medium(
            "default_model", path, f"a name that nobody knows, also a misspelt one, is answered by {shown(after)}"
        )
    elif after is None and before is not None:
        yield high("default_model", path, f"a name that nobody knows gets 404; {shown(before)} answered it")
    elif after is not None and before is not None:
        yield medium("default_model", path, f"a name that nobody knows now means {shown(after)}, not {shown(before)}")


def _pattern_gone(both: Both) -> Iterator[Risk]:
    kept = {each.match for each in both.new.document.patterns}
    default = both.new.document.default_model
    for pattern in both.old.document.patterns:
        if pattern.match in kept:
            continue
        instead = next((each for each in both.new.document.patterns if _covers(each.match, pattern.match)), None)
        if instead is not None:
            if instead.model != pattern.model:
                message = f"names that match {quoted(pattern.match)} now mean {shown(instead.model)}"
                yield medium("pattern_gone", ("patterns",), f"{message}, not {shown(pattern.model)}")
        elif default is None:
            message = f"names that match {quoted(pattern.match)} get 404, unless another pattern knows them"
            yield high("pattern_gone", ("patterns",), message)
        elif default != pattern.model:
            message = f"names that match {quoted(pattern.match)} mean {shown(default)} (default_model)"
            yield medium("pattern_gone", ("patterns",), f"{message}, unless another pattern knows them")


def _covers(wider: str, narrower: str) -> bool:
    """It takes every name that `narrower` takes, as far as that is easily told: `gpt-.*` takes what `gpt-4.*` does."""
    begins = _beginning(wider)
    text = wider.removeprefix("^").removesuffix("$")
    everything = text.endswith(".*") and re.sub(r"\\(\W)", r"\1", text[:-2]) == begins
    return wider == narrower or (everything and _beginning(narrower).startswith(begins))


def _pattern_means(both: Both) -> Iterator[Risk]:
    before = {each.match: each.model for each in both.old.document.patterns}
    for index, pattern in enumerate(both.new.document.patterns):
        was = before.get(pattern.match, pattern.model)
        if was != pattern.model:
            message = f"names that match {quoted(pattern.match)} now mean {shown(pattern.model)}, not {shown(was)}"
            yield medium("pattern_means", ("patterns", index, "model"), message)


def _pattern_order(both: Both) -> Iterator[Risk]:
    """A pattern now stands before another one that has decided about the same names so far."""
    stood = {each.match: index for index, each in enumerate(both.old.document.patterns)}
    patterns = both.new.document.patterns
    for index, first in enumerate(patterns):
        for later in patterns[index + 1 :]:
            if later.match not in stood or later.model == first.model:
                continue
            overtook = first.match not in stood or stood[first.match] > stood[later.match]
            if overtook and _may_share_names(first.match, later.match) and not _decided(both.old, first, later.match):
                message = (
                    f"names that match both {quoted(first.match)} and {quoted(later.match)} now mean "
                    f"{shown(first.model)}, not {shown(later.model)}"
                )
                yield medium("pattern_order", ("patterns", index), message, hint="the first that matches decides")


def _decided(side: Side, pattern: Pattern, before: str) -> bool:
    """What it says was said before already, by a pattern that stood before `before`."""
    for each in side.document.patterns:
        if each.match == before:
            return False
        if each.model == pattern.model and _covers(each.match, pattern.match):
            return True
    return False


def _may_share_names(one: str, other: str) -> bool:
    """Can a name match both? No, where they begin with different letters; else it is taken for possible."""
    first, second = _beginning(one), _beginning(other)
    return first.startswith(second) or second.startswith(first)


def _beginning(expression: str) -> str:
    """The letters that every name begins with that matches, as far as they are easily told."""
    if "|" in expression or "(?" in expression:
        return ""
    text = expression.removeprefix("^")
    found = ""
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and position + 1 < len(text) and not text[position + 1].isalnum():
            character = text[position + 1]
            position += 1
        elif character in _SPECIAL:
            break
        if text[position + 1 : position + 2] in tuple(_QUANTIFIERS):
            break
        found += character
        position += 1
    return found


def _names(side: Side) -> dict[str, str]:
    """Every name that the document declares, and the model or route that it means."""
    declared = {name: name for name in (*side.document.models, *side.document.routes)}
    return declared | dict(side.aliases)


def _meaning(side: Side, name: str) -> str | None:
    """The model or route that a name means, as `Snapshot.meaning` finds it."""
    if name in side.called:
        return name
    if name in side.aliases:
        return side.aliases[name]
    for pattern in side.document.patterns:
        if re.fullmatch(pattern.match, name):
            return pattern.model
    return side.document.default_model


def _answers(side: Side, name: str) -> list[tuple[str, str]]:
    """Who may answer for it, in order: what makes one name as good as another."""
    return [(each.provider, each.model) for each in side.called[name]]


RULES = (
    Rule("name_gone", _gone),
    Rule("name_means", _other_meaning),
    Rule("default_model", _default),
    Rule("pattern_gone", _pattern_gone),
    Rule("pattern_means", _pattern_means),
    Rule("pattern_order", _pattern_order),
)
