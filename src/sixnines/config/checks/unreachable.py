"""Whoever is named in a route or as a fallback can be asked there, as far as what is required goes."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, is_local, meets, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, quoted, warning
from sixnines.config.model_sections import Model, Route
from sixnines.domain.tier import Quality

# A caller may count steps from there (x-sixnines-quality).
_LOWEST_START = max((each.tier for each in Quality), key=lambda tier: tier.step)


def _run(subject: Subject) -> Iterator[Finding]:
    models = subject.document.models
    for name, model in models.items():
        lowest = _lowest(subject, model)
        for index, follower in enumerate(model.fallbacks):
            path: DocumentPath = ("models", name, "fallbacks", index)
            yield from _judged(subject, model, follower, lowest=lowest, path=path)
    for name, route in subject.document.routes.items():
        lowest = _lowest(subject, route)
        for index, entry in enumerate(route.models):
            path = ("routes", name, "models", index)
            yield from _judged(subject, route, route_model(entry).model, lowest=lowest, path=path)


def _judged(
    subject: Subject, section: Model | Route, name: str, *, lowest: int | None, path: DocumentPath
) -> Iterator[Finding]:
    model = subject.document.models[name]
    require = section.require
    if section.local_only and not any(is_local(subject, each) for each in model.deployments):
        yield warning(path, f"{quoted(name)} is never asked here: none of its providers is local", hint="remove it")
    elif require is not None and not any(meets(require, model, each) for each in model.deployments):
        message = f"{quoted(name)} is never asked here: none of its deployments declares what is required"
        yield warning(path, message, hint="declare it there, or remove the model here")
    elif lowest is not None and model.tier is not None and model.tier.step > lowest:
        message = f"{quoted(name)} is never asked here: {model.tier} is further down than max_tier_drop allows"
        yield warning(path, message, hint="allow more steps, or remove the model here")


def _lowest(subject: Subject, section: Model | Route) -> int | None:
    """The last step that may be asked, whatever quality the caller asks for; None: any."""
    if section.max_tier_drop is None:
        return None
    models = subject.document.models
    own = [section] if isinstance(section, Model) else [models[route_model(each).model] for each in section.models]
    known = [each.tier.step for each in own if each.tier is not None]
    return max(min(known), _LOWEST_START.step) + section.max_tier_drop if known else None


CHECK = Check("unreachable", _run, advisory=True)
