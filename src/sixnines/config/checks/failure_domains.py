"""No single fault takes away all candidates of a model or a route that has several.

One finding for each failure domain or provider, however many models it takes with it.
"""

from collections.abc import Iterator, Sequence

from sixnines.config.chains import Graph, flatten
from sixnines.config.checks.interface import MOST_DOMAINS, Check, Subject, enclosing_domains, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, spell, warning

_NAMED = 3  # models in a message; with more of them the number says enough

_Hit = tuple[str, str]
"""What a fault can hit: a provider, or a failure domain."""


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    around = enclosing_domains(document)
    hits = {name: _hits(name, each.domain, around) for name, each in document.providers.items()}
    own = {
        name: _common([hits[each.provider] for each in model.deployments]) for name, model in document.models.items()
    }
    whole = {name: _common([own[each] for each in (name, *subject.chains[name])]) for name in own}
    doomed: dict[DocumentPath, list[str]] = {}
    for name, model in document.models.items():
        # Nobody expects one candidate to survive its own fault.
        if whole[name] and (len(model.deployments) > 1 or subject.chains[name]):
            doomed.setdefault(whole[name][0], []).append(name)
    for name, route in document.routes.items():
        models = [route_model(each).model for each in route.models]
        common = _common([whole[each] for each in models])
        if common and len(models) > 1:
            doomed.setdefault(common[0], []).append(name)
    for path, names in doomed.items():
        message = f"one fault here takes away all candidates of {_spelled(names)}"
        yield warning(path, message, hint="add a fallback that lies elsewhere")


def _hits(provider: str, innermost: str | None, around: Graph) -> tuple[_Hit, ...]:
    """What takes a provider away, the smallest first."""
    if innermost is None:
        return (("providers", provider),)
    domains = (innermost, *flatten(innermost, around, most=MOST_DOMAINS))
    return ("providers", provider), *(("domains", each) for each in domains)


def _common(hits: Sequence[tuple[_Hit, ...]]) -> tuple[_Hit, ...]:
    """What is in all of them, in the order of the first."""
    found = hits[0]
    for each in hits[1:]:
        if not found:
            break
        found = tuple(hit for hit in found if hit in each)
    return found


def _spelled(models: Sequence[str]) -> str:
    named = ", ".join(spell((name,)) for name in models[:_NAMED])
    rest = len(models) - _NAMED
    return f"{named} and {rest:,} more" if rest > 0 else named


CHECK = Check("failure_domains", _run, advisory=True)
