"""No pattern stands behind one that takes all its names, or takes none but names that are declared already."""

import re
from collections.abc import Iterator, Sequence

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, quoted, warning
from sixnines.config.regex_language import Language, few_names, language_of, shortest_name, takes_all

_FEW = 16  # alternatives written out
_MOST_PATTERNS = 300  # more of them are not looked through: each is compared with all before it
_MOST_COMPARED = 300  # pairs of which the sample says nothing: a tenth of a second each at worst
_ANY_NAME = ".+"


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    expressions = [each.match for each in document.patterns[:_MOST_PATTERNS]]
    above = _Above(expressions)
    declared = {*document.models, *document.routes}
    for section in (document.models, document.routes):
        declared |= {alias for entry in section.values() for alias in entry.aliases}
    for index, expression in enumerate(expressions):
        language = language_of(expression)
        first = above.first(language, index)
        names = None if language is None else few_names(language, _FEW)
        if first is not None:
            message = f"never applies: {quoted(first)} takes all these names before"
            yield warning(("patterns", index, "match"), message, hint="put it in front of that one, or remove it")
        elif names and declared.issuperset(names):
            message = f"never applies: {', '.join(map(quoted, names))} {'is' if len(names) == 1 else 'are'} declared"
            yield warning(("patterns", index, "match"), message, hint="remove it")
    if document.default_model is not None:
        first = above.first(language_of(_ANY_NAME), len(expressions))
        if first is not None:
            message = f"never applies: the pattern {quoted(first)} takes every name"
            yield warning(("default_model",), message, hint="remove one of the two")


class _Above:
    """Patterns in their order, to ask which of them takes all names of a later one."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self._expressions = expressions
        self._languages = [language_of(each) for each in expressions]
        self._compiled = [re.compile(each) for each in expressions]
        self._left = _MOST_COMPARED

    def first(self, language: Language | None, end: int) -> str | None:
        """The first of those before `end` that surely takes every name of `language`."""
        name = None if language is None else shortest_name(language)
        if language is None or name is None:
            return None
        for index in range(end):
            other = self._languages[index]
            # Most patterns do not even take one of its names, which is known at once.
            if other is None or not self._left or not self._compiled[index].fullmatch(name):
                continue
            self._left -= 1
            if takes_all(other, language):
                return self._expressions[index]
        return None


CHECK = Check("shadows", _run, advisory=True)
