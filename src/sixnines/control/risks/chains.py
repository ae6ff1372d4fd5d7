"""Risks about who is left when something fails: shared faults, fallbacks, deployments, attempts.

Never speaks of a model that had nobody else before either, and of the same loss once: the worst that it means.
"""

from collections.abc import Iterator, Sequence

from sixnines.config.diagnostics import DocumentPath
from sixnines.control.risks.interface import Both, Risk, Rule, Side, high, medium, place_of, several, shown, verb


def _outside_domain(both: Both) -> Iterator[Risk]:
    """All that may answer lies in one failure domain, and did not before."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in _in_both(both):
        domain = _new_fault(both, name)
        if domain is not None:
            after = both.new.providers_of(name)
            if {*after} == {*both.old.providers_of(name)}:
                says = f"the same providers as before, and all of them now lie in {shown(domain)}"
            elif len(after) == 1:
                says = f"no provider outside {shown(domain)} any more: {shown(after[0])} alone is left"
            else:
                says = f"no provider outside {shown(domain)} any more"
            found.setdefault((domain, says), []).append(name)
    for (domain, says), names in found.items():
        path: DocumentPath = place_of(both.new, names[0]) if len(names) == 1 else ("domains", domain)
        message = f"{several(names)} {verb(names, 'has', 'have')} {says}"
        yield high("last_outside_domain", path, message, hint="one fault there takes away every answer")


def _one_provider(both: Both) -> Iterator[Risk]:
    """One provider is left where there were several."""
    found: dict[str, list[str]] = {}
    for name in _in_both(both):
        if _one_left(both, name) and _new_fault(both, name) is None:
            found.setdefault(both.new.providers_of(name)[0], []).append(name)
    for provider, names in found.items():
        path: DocumentPath = place_of(both.new, names[0]) if len(names) == 1 else ("providers", provider)
        message = f"{several(names)} {verb(names, 'hangs', 'hang')} on {shown(provider)} alone"
        yield high("one_provider", path, message, hint="nobody answers while it is down")


def _shorter_chain(both: Both) -> Iterator[Risk]:
    """A model falls back to fewer models."""
    lost: dict[str, list[str]] = {}
    for name in both.new.document.models:
        before, after = both.old.subject.chains.get(name, ()), both.new.subject.chains[name]
        if len(after) >= len(before) or _worse_is_said(both, name):
            continue
        if not after:
            left = both.new.called[name]
            make = high if len(left) == 1 else medium
            path: DocumentPath = ("models", name, "fallbacks")
            yield make("shorter_chain", path, f"{shown(name)} has no fallback any more")
            continue
        for each in before:
            if each not in after:
                lost.setdefault(each, []).append(name)
    for fallback, names in lost.items():
        path = ("models", names[0], "fallbacks") if len(names) == 1 else ("models",)
        message = f"{several(names)} no longer {verb(names, 'falls', 'fall')} back to {shown(fallback)}"
        yield medium("shorter_chain", path, message)


def _fewer_deployments(both: Both) -> Iterator[Risk]:
    """Fewer serve a model, or fewer models a route."""
    for name, model in both.new.document.models.items():
        before = both.old.document.models.get(name)
        if before is None or _worse_is_said(both, name):
            continue
        if len(model.deployments) < len(before.deployments):
            message = f"is served by {_number(len(model.deployments), 'deployment')}, not {len(before.deployments)}"
            yield medium("fewer_deployments", ("models", name, "deployments"), message)
    for name, route in both.new.document.routes.items():
        was = both.old.document.routes.get(name)
        if was is None or _worse_is_said(both, name):
            continue
        if len(route.models) < len(was.models):
            message = f"chooses among {_number(len(route.models), 'model')}, not {len(was.models)}"
            yield medium("fewer_deployments", ("routes", name, "models"), message)


def _one_attempt(both: Both) -> Iterator[Risk]:
    """Somebody else is there, and is not asked: the only attempt goes to the first."""
    names = [
        name
        for name in both.new.document.models
        if len(both.new.called[name]) > 1 and _attempts(both.new, name) == 1 and (_attempts(both.old, name) or 1) > 1
    ]
    if names:
        path: DocumentPath = ("models", names[0], "attempts") if len(names) == 1 else ("defaults", "attempts")
        message = f"when the first attempt for {several(names)} fails, nobody else is asked"
        yield high(
            "one_attempt", path, message, hint="attempts counts all calls of a request; 2 leave one for a fallback"
        )


def _attempts(side: Side, name: str) -> int | None:
    """How many a model has; None if there is no such model."""
    model = side.document.models.get(name)
    if model is None:
        return None
    return side.document.defaults.attempts if model.attempts is None else model.attempts


def _in_both(both: Both) -> Iterator[str]:
    return (name for name in both.new.called if name in both.old.called)


def _new_fault(both: Both, name: str) -> str | None:
    """The failure domain, the innermost, that now takes away all of several providers, and did not before."""
    if len(both.old.providers_of(name)) == 1:
        return None
    before = _shared(both.old, name)
    return next((domain for domain in _shared(both.new, name) if domain not in before), None)


def _shared(side: Side, name: str) -> Sequence[str]:
    """The failure domains that all providers of a name lie in, innermost first."""
    first, *others = (side.domains[each] for each in side.providers_of(name))
    return [domain for domain in first if all(domain in each for each in others)]


def _one_left(both: Both, name: str) -> bool:
    return len(both.old.providers_of(name)) > 1 and len(both.new.providers_of(name)) == 1


def _worse_is_said(both: Both, name: str) -> bool:
    """Another rule says what it comes to."""
    return name in both.old.called and (_one_left(both, name) or _new_fault(both, name) is not None)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


RULES = (
    Rule("last_outside_domain", _outside_domain),
    Rule("one_provider", _one_provider),
    Rule("shorter_chain", _shorter_chain),
    Rule("fewer_deployments", _fewer_deployments),
    Rule("one_attempt", _one_attempt),
)
