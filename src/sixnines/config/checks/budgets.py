"""A budget is spent by prices: without any it says nothing."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import DocumentPath, Finding, warning
from sixnines.config.model_sections import Price

_HINT = "give models or their deployments a price: {input: ..., output: ...}, in dollars per million tokens"


def _run(subject: Subject) -> Iterator[Finding]:
    given = list(_prices(subject))
    for path, price in given:
        if price.cached_input is not None and price.cached_input > price.input:
            message = f"{price.cached_input:g} is more than the {price.input:g} for what is not cached"
            yield warning((*path, "cached_input"), message, hint="providers ask less for what they have in their cache")
    if subject.document.accounting.budget is not None and not any(each.input or each.output for _, each in given):
        yield warning(("accounting", "budget"), "nothing is ever spent of it: nobody has a price", hint=_HINT)


def _prices(subject: Subject) -> Iterator[tuple[DocumentPath, Price]]:
    for name, model in subject.document.models.items():
        if model.price is not None:
            yield ("models", name, "price"), model.price
        for index, each in enumerate(model.deployments):
            if each.price is not None:
                yield ("models", name, "deployments", index, "price"), each.price


CHECK = Check("budgets", _run, advisory=True)
