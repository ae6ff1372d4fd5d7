"""Every name that is used is declared, and is what is wanted in its place."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, route_model
from sixnines.config.diagnostics import DocumentPath, Finding, Suggestions, error, nearest, quoted
from sixnines.config.model_sections import Model, Route


def _run(subject: Subject) -> Iterator[Finding]:
    yield from _References(subject).missing()


class _References:
    """Looks every name up, and remembers what was suggested for it."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._declared = dict(subject.declared)
        self._targets = self._declared["models"] | self._declared["routes"]
        self._suggestions = {section: Suggestions(names) for section, names in self._declared.items()}
        self._suggested_targets = Suggestions(self._targets)

    def missing(self) -> Iterator[Finding]:
        """All findings."""
        document = self._subject.document
        for name, domain in document.domains.items():
            yield from self._check("domains", domain.within, ("domains", name, "within"))
        for name, provider in document.providers.items():
            yield from self._check("domains", provider.domain, ("providers", name, "domain"))
        for name, model in document.models.items():
            yield from self._of_model(model, ("models", name))
        for name, route in document.routes.items():
            for index, entry in enumerate(route.models):
                where: DocumentPath = ("routes", name, "models", index)
                inner = where if isinstance(entry, str) else (*where, "model")
                yield from self._check("models", route_model(entry).model, inner)
            yield from self._of_both(route, ("routes", name))
        for index, pattern in enumerate(document.patterns):
            yield from self._target(pattern.model, ("patterns", index, "model"))
        if document.default_model is not None:
            yield from self._target(document.default_model, ("default_model",))

    def _of_model(self, model: Model, path: DocumentPath) -> Iterator[Finding]:
        for index, deployment in enumerate(model.deployments):
            yield from self._check("providers", deployment.provider, (*path, "deployments", index, "provider"))
        for index, fallback in enumerate(model.fallbacks):
            yield from self._check("models", fallback, (*path, "fallbacks", index))
        yield from self._of_both(model, path)

    def _of_both(self, section: Model | Route, path: DocumentPath) -> Iterator[Finding]:
        """What models and routes have in common."""
        for provider in section.targets:
            yield from self._check("providers", provider, (*path, "targets", provider))
        known = self._subject.catalog.strategies
        if section.strategy not in known:
            hint = nearest(section.strategy, known) or f"there are {', '.join(sorted(known))}"
            yield error((*path, "strategy"), f"unknown strategy {quoted(section.strategy)}", hint=hint)

    def _check(self, section: str, name: str | None, path: DocumentPath) -> Iterator[Finding]:
        known = self._declared[section]
        if name is None or name in known:
            return
        noun = section.removesuffix("s")
        if section == "models" and name in self._declared["routes"]:
            message = f"{quoted(name)} is a route; only models can stand here"
            yield error(path, message, hint="name the models of the route")
            return
        hint = self._suggestions[section].nearest(name) or _listed(noun, known)
        yield error(path, f"unknown {noun} {quoted(name)}", hint=hint)

    def _target(self, name: str, path: DocumentPath) -> Iterator[Finding]:
        if name not in self._targets:
            hint = self._suggested_targets.nearest(name) or _listed("model", self._targets)
            yield error(path, f"unknown model or route {quoted(name)}", hint=hint)


def _listed(noun: str, known: frozenset[str]) -> str | None:
    """A hint for somebody who declared nothing at all."""
    return None if known else f"no {noun} is declared"


CHECK = Check("references", _run)
