"""No single fault takes away all candidates of a model that has several.

One finding for each failure domain or provider, however many models it takes with it.
"""

from collections.abc import Iterator, Sequence

from sixnines.config.chains import flatten
from sixnines.config.checks.interface import Check, Subject, candidates
from sixnines.config.diagnostics import DocumentPath, Finding, spell, warning

_NAMED = 3  # models in a message; with more of them the number says enough


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    enclosing = {name: () if each.within is None else (each.within,) for name, each in document.domains.items()}
    lies_in = {
        name: () if each.domain is None else (each.domain, *flatten(each.domain, enclosing))
        for name, each in document.providers.items()
    }
    doomed: dict[DocumentPath, list[str]] = {}
    for name in document.models:
        serving = [each.provider for each in candidates(subject, name)]
        providers = dict.fromkeys(serving)
        shared = [domain for domain in lies_in[serving[0]] if all(domain in lies_in[each] for each in providers)]
        if len(serving) == 1:
            continue  # nobody expects one candidate to survive its own fault
        if len(providers) == 1:
            doomed.setdefault(("providers", serving[0]), []).append(name)
        elif shared:
            doomed.setdefault(("domains", shared[0]), []).append(name)
    for path, models in doomed.items():
        message = f"one fault here takes away all candidates of {_spelled(models)}"
        yield warning(path, message, hint="add a fallback that lies elsewhere")


def _spelled(models: Sequence[str]) -> str:
    named = ", ".join(spell((name,)) for name in models[:_NAMED])
    rest = len(models) - _NAMED
    return f"{named} and {rest:,} more" if rest > 0 else named


CHECK = Check("failure_domains", _run, advisory=True)
