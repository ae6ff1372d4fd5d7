"""Traffic targets can be met: by providers that are there, beside others, and under strategies that give way."""

from collections.abc import Iterator, Mapping, Sequence

from sixnines.config.checks.interface import Check, Subject, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, error
from sixnines.config.model_sections import Model, Route, RouteModel

# Ten targets of 0.1 are 1, whatever their sum as binary fractions.
_ROUNDING = 1e-9


def _run(subject: Subject) -> Iterator[Finding]:
    models = subject.document.models
    # Something of these is wrong already.
    spoilt = {each[:2] for each in subject.unusable}
    for name, model in models.items():
        if model.targets and ("models", name) not in spoilt:
            yield from _judged(subject, model, [(RouteModel(model=name), model)], ("models", name))
    for name, route in subject.document.routes.items():
        entries = [route_model(entry) for entry in route.models]
        chosen = [(each, models[each.model]) for each in entries if each.model in models]
        if route.targets and len(chosen) == len(entries) and ("routes", name) not in spoilt:
            yield from _judged(subject, route, chosen, ("routes", name))


def _judged(
    subject: Subject, section: Model | Route, chosen: Sequence[tuple[RouteModel, Model]], path: DocumentPath
) -> Iterator[Finding]:
    targets, here = section.targets, (*path, "targets")
    noun = "this model" if isinstance(section, Model) else "this route"
    providers = {each.provider for _, model in chosen for each in model.deployments}
    for name in targets:
        if name in subject.declared["providers"] and name not in providers:
            yield error(
                (*here, name),
                f"{noun} has no deployment there",
                hint=f"its providers are {', '.join(sorted(providers))}",
            )
    total = sum(targets.values())
    others = _takes_the_rest(targets, chosen)
    if len(providers) == 1:
        yield error(here, f"has no effect: {noun} has one provider only", hint="remove it")
    elif not providers >= targets.keys():
        pass  # said above, or by another check; what is left says nothing about the sum that was meant
    elif total > 1 + _ROUNDING:
        yield error(here, f"the targets are {total:g} together", hint="they are parts of 1: lower them")
    elif total < 1 - _ROUNDING and not others:
        message = f"the targets are {total:g} together, and there is no other provider with a weight for the rest"
        yield error(here, message, hint="let them be 1 together, or leave one of them out")
    yield from _overruled(subject, section, chosen, path)


def _takes_the_rest(targets: Mapping[str, float], chosen: Sequence[tuple[RouteModel, Model]]) -> bool:
    return any(
        each.provider not in targets and each.weight != 0 and entry.weight != 0
        for entry, model in chosen
        for each in model.deployments
    )


def _overruled(
    subject: Subject, section: Model | Route, chosen: Sequence[tuple[RouteModel, Model]], path: DocumentPath
) -> Iterator[Finding]:
    """Strategies that choose by the request, where a target would choose in their place."""
    known = subject.catalog.strategies
    fit = ", ".join(sorted(name for name, info in known.items() if info.spreads))
    names = {} if isinstance(section, Model) else {section.strategy: ""}
    for entry, model in chosen:
        if len({each.provider for each in model.deployments}) > 1:
            names.setdefault(model.strategy, "" if model is section else f" of {entry.model}")
    for name, whose in names.items():
        if name in known and not known[name].spreads:
            message = f"the strategy {name}{whose} chooses by the request, which no target may overrule"
            yield error((*path, "targets"), message, hint=f"remove the targets, or set one of {fit}")


CHECK = Check("targets", _run)
