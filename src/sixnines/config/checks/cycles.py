"""No model falls back to itself and no domain lies within itself, directly or through others."""

from collections.abc import Iterator, Sequence

from sixnines.config.chains import cycles
from sixnines.config.checks.interface import Check, Subject, enclosing_domains
from sixnines.config.diagnostics import Finding, error, spell

_NAMED = 12  # in a message; a longer way round is known by its beginning


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    fallbacks = {name: model.fallbacks for name, model in document.models.items()}
    for cycle in cycles(fallbacks):
        last, first = cycle[-1], cycle[0]
        path = ("models", last, "fallbacks", fallbacks[last].index(first))
        if len(cycle) == 1:
            yield error(path, "a model cannot fall back to itself", hint="remove it")
        else:
            yield error(path, f"the fallbacks go round: {_spelled(cycle)}", hint="remove one of them")
    enclosing = enclosing_domains(document)
    for cycle in cycles(enclosing):
        path_within = ("domains", cycle[-1], "within")
        yield error(path_within, f"a domain cannot lie within itself: {_spelled(cycle)}", hint="remove one of them")


def _spelled(cycle: Sequence[str]) -> str:
    shown = [spell((name,)) for name in (*cycle[:_NAMED], cycle[0])]
    if len(cycle) > _NAMED:
        shown.insert(_NAMED, f"{len(cycle) - _NAMED:,} more")
    return " -> ".join(shown)


CHECK = Check("cycles", _run)
