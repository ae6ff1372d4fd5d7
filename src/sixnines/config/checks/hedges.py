"""A hedge needs a second candidate to ask."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, candidates
from sixnines.config.diagnostics import Finding, warning


def _run(subject: Subject) -> Iterator[Finding]:
    for name, model in subject.document.models.items():
        if model.hedge is None:
            continue
        if len({(each.provider, each.model) for each in candidates(subject, name)}) == 1:
            message = "never takes effect: the model has one candidate, and nobody else could be asked"
            yield warning(("models", name, "hedge"), message, hint="add a deployment or a fallback")


CHECK = Check("hedges", _run, advisory=True)
