"""Where something goes by what answers cost, it is known of all that may be asked."""

from collections.abc import Iterator, Sequence

from sixnines.config.checks.interface import Check, Subject, is_local, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, quoted, warning
from sixnines.config.learning_section import Adaptive
from sixnines.config.model_sections import Deployment, Model, Route

_NAMED = 3  # in a message; of more of them the number says enough
_HINT = "give price: {input: ..., output: ...}, in dollars per million tokens"


def _run(subject: Subject) -> Iterator[Finding]:
    models, routes = subject.document.models, subject.document.routes
    for name, model in models.items():
        yield from _judged(subject, model, [model], ("models", name))
    for name, route in routes.items():
        yield from _judged(subject, route, [models[route_model(each).model] for each in route.models], ("routes", name))
    yield from _uncounted(subject)


def _judged(subject: Subject, section: Model | Route, models: Sequence[Model], path: DocumentPath) -> Iterator[Finding]:
    """A choice by price among some that have one and some that have none."""
    info = subject.catalog.strategies[section.strategy]
    learns = info.learns or section.adaptive is not None
    by_price = "price" in info.declares
    if not by_price and not (learns and (section.adaptive or Adaptive()).weights.cost):
        return
    pairs = [(model, each) for model in models for each in model.deployments]
    without = [each for model, each in pairs if not _is_priced(subject, model, each)]
    if not without or len(without) == len(pairs):
        return  # where none has one, another check speaks of it, or costs do not count
    what = "is taken for the dearest" if by_price else "is not judged by what it costs, as the others are"
    message = f"no price is given for {_listed(without)}; a choice without one {what}"
    yield warning((*path, "strategy") if by_price else path, message, hint=_HINT)


def _uncounted(subject: Subject) -> Iterator[Finding]:
    """Paid deployments without a price in a config that gives prices, or a budget."""
    document = subject.document
    missing: dict[str, list[Deployment]] = {}
    given = False
    for model in document.models.values():
        for each in model.deployments:
            if each.price is not None or model.price is not None:
                given = True
            elif subject.catalog.kinds[document.providers[each.provider].kind].paid:
                missing.setdefault(each.provider, []).append(each)
    if given:
        for provider, deployments in missing.items():
            message = (
                f"no price is given for {_listed(deployments)}, as for others: what requests cost is known in part"
            )
            yield warning(("providers", provider), message, hint=_HINT)


def _is_priced(subject: Subject, model: Model, deployment: Deployment) -> bool:
    """Is it known what it costs? What is local costs nothing."""
    return deployment.price is not None or model.price is not None or is_local(subject, deployment)


def _listed(deployments: Sequence[Deployment]) -> str:
    names = list(dict.fromkeys(f"{each.provider}/{each.model}" for each in deployments))
    shown = ", ".join(map(quoted, names[:_NAMED]))
    return f"{shown} and {len(names) - _NAMED:,} more" if len(names) > _NAMED else shown


CHECK = Check("prices", _run, advisory=True)
