"""A strategy has something to go by where it is set."""

from collections.abc import Iterator, Sequence

from sixnines.config.checks.interface import Check, Subject, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, error
from sixnines.config.model_sections import Deployment, Model
from sixnines.domain.strategy import Chooses, StrategyInfo


def _run(subject: Subject) -> Iterator[Finding]:
    models = subject.document.models
    for name, model in models.items():
        info = subject.catalog.strategies.get(model.strategy)
        if info is None:
            continue
        path: DocumentPath = ("models", name, "strategy")
        if info.chooses is Chooses.MODELS:
            yield error(path, f"{info.name} chooses among models, not deployments", hint="set it for a route of models")
        elif info.declares is not None and not any(_has(info.declares, model, each) for each in model.deployments):
            yield _nothing(info, path, "deployments")
    for name, route in subject.document.routes.items():
        info = subject.catalog.strategies.get(route.strategy)
        chosen = [models[each] for entry in route.models if (each := route_model(entry).model) in models]
        if info is not None and info.declares is not None and not _any_has(info.declares, chosen):
            yield _nothing(info, ("routes", name, "strategy"), "models")


def _any_has(key: str, models: Sequence[Model]) -> bool:
    return any(_has(key, model, deployment) for model in models for deployment in model.deployments)


def _has(key: str, model: Model, deployment: Deployment) -> bool:
    return any(getattr(each, key, None) is not None for each in (deployment, model))


def _nothing(info: StrategyInfo, path: DocumentPath, what: str) -> Finding:
    message = f"{info.name} goes by {info.declares}, which none of the {what} declares"
    return error(path, message, hint=f"declare {info.declares}, or set another strategy")


CHECK = Check("strategies", _run)
