"""A strategy has something to go by where it is set, and nothing is said that it does not go by."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, error
from sixnines.config.model_sections import Deployment, Model, Route, RouteModel
from sixnines.domain.strategy import Chooses, StrategyInfo

_COMPLEXITY = "complexity"


def _run(subject: Subject) -> Iterator[Finding]:
    document, known = subject.document, subject.catalog.strategies
    for name, model in document.models.items():
        if (info := known.get(model.strategy)) is not None:
            yield from _of_model(info, model, ("models", name, "strategy"))
    for name, route in document.routes.items():
        if (info := known.get(route.strategy)) is not None:
            yield from _of_route(subject, info, route, name)
    scoring = document.defaults.complexity
    if scoring.complex_from <= scoring.standard_from:
        message = f"is not more than standard_from ({scoring.standard_from:g}): no request would be standard"
        yield error(("defaults", "complexity", "complex_from"), message, hint="raise it, or lower standard_from")


def _of_model(info: StrategyInfo, model: Model, path: DocumentPath) -> Iterator[Finding]:
    if info.chooses is Chooses.MODELS:
        yield error(path, f"{info.name} chooses among models, not deployments", hint="set it for a route of models")
    elif info.declares and not any(_has(info, model, each) for each in model.deployments):
        yield _nothing(info, path, "deployments")


def _of_route(subject: Subject, info: StrategyInfo, route: Route, name: str) -> Iterator[Finding]:
    models = subject.document.models
    entries = [route_model(entry) for entry in route.models]
    if info.declares and not any(
        _has(info, entry, models[entry.model], *models[entry.model].deployments)
        for entry in entries
        if entry.model in models
    ):
        yield _nothing(info, ("routes", name, "strategy"), "models")
    for index, entry in enumerate(entries):
        if entry.complexity is not None and _COMPLEXITY not in info.declares:
            message = f"has no effect under the strategy {info.name}"
            path: DocumentPath = ("routes", name, "models", index, _COMPLEXITY)
            yield error(path, message, hint=f"remove it, or set strategy: {_COMPLEXITY}")


def _has(info: StrategyInfo, *sections: Model | Deployment | RouteModel) -> bool:
    return any(getattr(each, key, None) is not None for each in sections for key in info.declares)


def _nothing(info: StrategyInfo, path: DocumentPath, what: str) -> Finding:
    keys = " or ".join(info.declares)
    message = f"{info.name} goes by {keys}, which none of the {what} declares"
    return error(path, message, hint=f"declare {keys}, or set another strategy")


CHECK = Check("strategies", _run)
