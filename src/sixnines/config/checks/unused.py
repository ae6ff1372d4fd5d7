"""What is declared is used."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, warning


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    if not document.models:
        yield warning((), "no model is declared: every request will be answered 404")
    serving = {each.provider for model in document.models.values() for each in model.deployments}
    for name in document.providers:
        if name not in serving:
            yield warning(("providers", name), "no model uses this provider")
    holding = {each.domain for each in document.providers.values()} | {
        each.within for each in document.domains.values()
    }
    for name in document.domains:
        if name not in holding:
            yield warning(("domains", name), "nothing lies in this domain")


CHECK = Check("unused", _run, advisory=True)
