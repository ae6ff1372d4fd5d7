"""No two things answer to one name: a model and a route, or two deployments."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, error, quoted


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    for name in document.routes:
        if name in subject.declared["models"]:
            yield error(
                ("routes", name), f"{quoted(name)} is a model already", hint="a caller could never reach the route"
            )
    # Breakers and metrics know a deployment as `provider/model`; both parts may hold slashes.
    seen: dict[str, tuple[str, str]] = {}
    for name, model in document.models.items():
        for index, deployment in enumerate(model.deployments):
            pair = (deployment.provider, deployment.model)
            first = seen.setdefault("/".join(pair), pair)
            if first != pair:
                message = f"{quoted('/'.join(pair))} also stands for the model {quoted(first[1])} of {quoted(first[0])}"
                yield error(("models", name, "deployments", index), message, hint="rename one of the providers")


CHECK = Check("collisions", _run)
