"""No two things answer to one name: a model, a route, an alias, or two deployments."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import DocumentPath, Finding, error, quoted


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    for name in document.routes:
        if name in subject.declared["models"]:
            yield error(
                ("routes", name), f"{quoted(name)} is a model already", hint="a caller could never reach the route"
            )
    yield from _aliases(subject)
    # Breakers and metrics know a deployment as `provider/model`; both parts may hold slashes.
    seen: dict[str, tuple[str, str]] = {}
    for name, model in document.models.items():
        for index, deployment in enumerate(model.deployments):
            pair = (deployment.provider, deployment.model)
            first = seen.setdefault("/".join(pair), pair)
            if first != pair:
                message = f"{quoted('/'.join(pair))} also stands for the model {quoted(first[1])} of {quoted(first[0])}"
                yield error(("models", name, "deployments", index), message, hint="rename one of the providers")


def _aliases(subject: Subject) -> Iterator[Finding]:
    document, declared = subject.document, subject.declared
    meant: dict[str, str] = {}
    written = [
        (section, name, index, alias)
        for section, entries in (("models", document.models), ("routes", document.routes))
        for name, entry in entries.items()
        for index, alias in enumerate(entry.aliases)
    ]
    for section, name, index, alias in written:
        path: DocumentPath = (section, name, "aliases", index)
        if alias in declared["models"] or alias in declared["routes"]:
            yield error(path, f"{quoted(alias)} is the name of a model or route already", hint="remove it")
        elif alias in meant:
            yield error(path, f"{quoted(alias)} stands for {quoted(meant[alias])} already", hint="remove one of them")
        meant.setdefault(alias, name)


CHECK = Check("collisions", _run)
