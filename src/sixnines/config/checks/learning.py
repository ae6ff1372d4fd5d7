"""What is said about learning has an effect: somebody learns, there is something to choose, and a reward to go by."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import DocumentPath, Finding, error
from sixnines.config.learning_section import Weights
from sixnines.config.model_sections import Model, Route


def _run(subject: Subject) -> Iterator[Finding]:
    for name, model in subject.document.models.items():
        yield from _judged(subject, model, len(model.deployments), ("models", name))
    for name, route in subject.document.routes.items():
        yield from _judged(subject, route, len(route.models), ("routes", name))


def _judged(subject: Subject, section: Model | Route, choices: int, path: DocumentPath) -> Iterator[Finding]:
    adaptive, info = section.adaptive, subject.catalog.strategies.get(section.strategy)
    if adaptive is None or info is None:
        return
    path = (*path, "adaptive")
    if info.learns and adaptive.shadow:
        message = f"{info.name} cannot be in its own shadow"
        yield error((*path, "shadow"), message, hint="set strategy to the one that is to act, or remove shadow")
    elif not info.learns and not adaptive.shadow:
        message = f"has no effect under the strategy {info.name}"
        yield error(path, message, hint="set strategy: adaptive, or shadow: true to have it decide without acting")
    elif choices == 1:
        yield error(path, "has no effect: there is only one to choose", hint="remove it, or add another choice")
    if not any(getattr(adaptive.weights, each) for each in Weights.__struct_fields__):
        yield error((*path, "weights"), "all weights are 0: every answer would be as good as none")


CHECK = Check("learning", _run)
