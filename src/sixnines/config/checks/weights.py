"""Weights are given where something weighs, and leave something to choose."""

from collections.abc import Iterator, Sequence

from sixnines.config.checks.interface import Check, Subject, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, error


def _run(subject: Subject) -> Iterator[Finding]:
    for name, model in subject.document.models.items():
        weights = [each.weight for each in model.deployments]
        yield from _judged(subject, weights, model.strategy, ("models", name, "deployments"))
    for name, route in subject.document.routes.items():
        weights = [route_model(entry).weight for entry in route.models]
        yield from _judged(subject, weights, route.strategy, ("routes", name, "models"))


def _judged(subject: Subject, weights: Sequence[int | None], strategy: str, path: DocumentPath) -> Iterator[Finding]:
    info = subject.catalog.strategies.get(strategy)
    if info is not None and not info.weighs:
        for index, weight in enumerate(weights):
            if weight is not None:
                message = f"has no effect under the strategy {strategy}"
                yield error((*path, index, "weight"), message, hint="remove it, or set strategy: weighted")
    elif all(weight == 0 for weight in weights):
        yield error(path, "all weights are 0", hint="give one of them a share")


CHECK = Check("weights", _run)
