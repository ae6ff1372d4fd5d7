"""Every name that is used is declared, and is what is wanted in its place."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, error, nearest, quoted
from sixnines.config.model_sections import Model, Route


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    for name, domain in document.domains.items():
        yield from _declared(subject, "domains", domain.within, ("domains", name, "within"))
    for name, provider in document.providers.items():
        yield from _declared(subject, "domains", provider.domain, ("providers", name, "domain"))
    for name, model in document.models.items():
        path: DocumentPath = ("models", name)
        for index, deployment in enumerate(model.deployments):
            yield from _declared(subject, "providers", deployment.provider, (*path, "deployments", index, "provider"))
        for index, fallback in enumerate(model.fallbacks):
            yield from _declared(subject, "models", fallback, (*path, "fallbacks", index))
        yield from _targets(subject, model, path)
        yield from _strategy(subject, model.strategy, (*path, "strategy"))
    for name, route in document.routes.items():
        for index, entry in enumerate(route.models):
            where: DocumentPath = ("routes", name, "models", index)
            inner = where if isinstance(entry, str) else (*where, "model")
            yield from _declared(subject, "models", route_model(entry).model, inner)
        yield from _targets(subject, route, ("routes", name))
        yield from _strategy(subject, route.strategy, ("routes", name, "strategy"))
    for index, pattern in enumerate(document.patterns):
        yield from _target(subject, pattern.model, ("patterns", index, "model"))
    if document.default_model is not None:
        yield from _target(subject, document.default_model, ("default_model",))


def _targets(subject: Subject, section: Model | Route, path: DocumentPath) -> Iterator[Finding]:
    for provider in section.targets:
        yield from _declared(subject, "providers", provider, (*path, "targets", provider))


def _declared(subject: Subject, section: str, name: str | None, path: DocumentPath) -> Iterator[Finding]:
    known = subject.declared[section]
    if name is None or name in known:
        return
    noun = section.removesuffix("s")
    if section == "models" and name in subject.declared["routes"]:
        yield error(path, f"{quoted(name)} is a route; only models can stand here", hint="name the models of the route")
        return
    yield error(path, f"unknown {noun} {quoted(name)}", hint=nearest(name, known) or _listed(noun, known))


def _target(subject: Subject, name: str, path: DocumentPath) -> Iterator[Finding]:
    known = subject.declared["models"] | subject.declared["routes"]
    if name not in known:
        yield error(
            path, f"unknown model or route {quoted(name)}", hint=nearest(name, known) or _listed("model", known)
        )


def _strategy(subject: Subject, name: str, path: DocumentPath) -> Iterator[Finding]:
    known = subject.catalog.strategies
    if name not in known:
        hint = nearest(name, known) or f"there are {', '.join(sorted(known))}"
        yield error(path, f"unknown strategy {quoted(name)}", hint=hint)


def _listed(noun: str, known: frozenset[str]) -> str | None:
    """A hint for somebody who declared nothing at all."""
    return None if known else f"no {noun} is declared"


CHECK = Check("references", _run)
