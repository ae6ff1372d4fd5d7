"""No pattern stands behind one that takes all its names, and each of its names is not a model's or a route's already."""

import re
from collections.abc import Iterator, Sequence

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, quoted, warning
from sixnines.config.regex_language import Language, few_names, language_of, shortest_name, takes_all

_FEW = 16  # alternatives written out
_ANY_NAME = ".+"


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    expressions = [each.match for each in document.patterns]
    languages = [language_of(each) for each in expressions]
    compiled = [re.compile(each) for each in expressions]
    declared = {*document.models, *document.routes}
    for section in (document.models, document.routes):
        declared |= {alias for entry in section.values() for alias in entry.aliases}
    for index, language in enumerate(languages):
        if language is None:
            continue
        first = _first_above(language, languages[:index], compiled)
        names = few_names(language, _FEW)
        if first is not None:
            message = f"never applies: {quoted(expressions[first])} takes all these names before"
            yield warning(("patterns", index, "match"), message, hint="put it in front of that one, or remove it")
        elif names and declared.issuperset(names):
            message = f"never applies: {', '.join(map(quoted, names))} {'is' if len(names) == 1 else 'are'} declared"
            yield warning(("patterns", index, "match"), message, hint="remove it")
    everything = language_of(_ANY_NAME)
    if document.default_model is not None and everything is not None:
        first = _first_above(everything, languages, compiled)
        if first is not None:
            message = f"never applies: the pattern {quoted(expressions[first])} takes every name"
            yield warning(("default_model",), message, hint="remove one of the two")


def _first_above(
    language: Language, others: Sequence[Language | None], compiled: Sequence[re.Pattern[str]]
) -> int | None:
    """The first of `others` that surely takes every name of `language`."""
    name = shortest_name(language)
    if name is None:
        return None
    for index, other in enumerate(others):
        # Most patterns do not even take one of its names, which is known at once.
        if other is not None and compiled[index].fullmatch(name) and takes_all(other, language):
            return index
    return None


CHECK = Check("shadows", _run, advisory=True)
