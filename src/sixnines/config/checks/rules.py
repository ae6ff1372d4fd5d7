"""What a model or a route demands can be met by somebody, and has an effect."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, candidates, is_local, meets, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, error
from sixnines.config.document import Provider
from sixnines.config.model_sections import Deployment, Model, Route


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    for name, model in document.models.items():
        yield from _judged(subject, model, [name], ("models", name))
        if model.prefer_warm and not any(_tells(subject, each) for each in model.deployments):
            message = "has no effect: none of these providers tells which models it holds in memory"
            yield error(("models", name, "prefer_warm"), message, hint="remove it; of the kinds only ollama tells")
    for name, route in document.routes.items():
        models = [each for entry in route.models if (each := route_model(entry).model) in document.models]
        yield from _judged(subject, route, models, ("routes", name))
    for name, provider in document.providers.items():
        if provider.saturation is not None and provider.max_in_flight is None:
            yield from _measured(subject, provider, ("providers", name, "saturation"))


def _measured(subject: Subject, provider: Provider, path: DocumentPath) -> Iterator[Finding]:
    """Where the number of places is not known, the engine must tell how busy it is."""
    info = subject.catalog.kinds.get(provider.kind)
    if info is not None and not info.tells_load:
        tell = ", ".join(sorted(name for name, each in subject.catalog.kinds.items() if each.tells_load))
        message = f"has no effect without max_in_flight: of the kinds only {tell} tell how busy they are"
        yield error(path, message, hint="set max_in_flight, or remove saturation")
    elif not subject.document.defaults.health.active:
        message = "has no effect without max_in_flight: with health.active: false no engine is asked how busy it is"
        yield error(path, message, hint="set max_in_flight, or remove saturation")


def _judged(subject: Subject, section: Model | Route, models: list[str], path: DocumentPath) -> Iterator[Finding]:
    if not section.local_only and section.require is None and section.max_tier_drop is None:
        return
    known = [each for each in models if all(one in subject.document.models for one in subject.chains.get(each, ()))]
    if len(known) < len(models) or not models:
        return
    reachable = [(subject.document.models[each], one) for each in models for one in candidates(subject, each)]
    if section.local_only and not any(is_local(subject, one) for _, one in reachable):
        message = "no provider of these models is local"
        yield error((*path, "local_only"), message, hint="set local: true for a provider that is, or remove local_only")
    require = section.require
    if require is not None and not any(meets(require, model, one) for model, one in reachable):
        message = "no deployment declares all of this"
        yield error((*path, "require"), message, hint="declare capabilities and context_window, or require less")
    if section.max_tier_drop is not None and all(subject.document.models[each].tier is None for each in models):
        message = "has no effect: there is no tier to count from"
        yield error((*path, "max_tier_drop"), message, hint="declare tier, or remove max_tier_drop")


def _provider(subject: Subject, deployment: Deployment) -> Provider | None:
    return subject.document.providers.get(deployment.provider)


def _tells(subject: Subject, deployment: Deployment) -> bool:
    provider = _provider(subject, deployment)
    info = None if provider is None else subject.catalog.kinds.get(provider.kind)
    return info is None or info.tells_resident


CHECK = Check("rules", _run)
