"""Nothing is listed twice where the second time has no effect."""

from collections.abc import Hashable, Iterator, Sequence

from sixnines.config.checks.interface import Check, Subject, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, error


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    for name, model in document.models.items():
        pairs = [(each.provider, each.model) for each in model.deployments]
        yield from _repeated(pairs, ("models", name, "deployments"), hint="a request tries a deployment once")
        yield from _repeated(model.fallbacks, ("models", name, "fallbacks"), hint="a request tries a model once")
    for name, route in document.routes.items():
        names = [route_model(entry).model for entry in route.models]
        yield from _repeated(names, ("routes", name, "models"), hint="for a larger share use weight")
    patterns = [each.match for each in document.patterns]
    yield from _repeated(patterns, ("patterns",), hint="the first one always matches before it")
    yield from _repeated(document.server.api_keys, ("server", "api_keys"), hint="remove it")
    yield from _repeated(document.server.cors, ("server", "cors"), hint="remove it")


def _repeated(values: Sequence[Hashable], path: DocumentPath, *, hint: str) -> Iterator[Finding]:
    first: dict[Hashable, int] = {}
    for index, value in enumerate(values):
        if first.setdefault(value, index) != index:
            yield error((*path, index), f"the same as number {first[value] + 1} of this list", hint=hint)


CHECK = Check("duplicates", _run)
