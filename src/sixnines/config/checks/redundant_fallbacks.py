"""Every fallback adds somebody to ask."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, quoted, warning
from sixnines.config.model_sections import Model


def _run(subject: Subject) -> Iterator[Finding]:
    models = subject.document.models
    for name, model in models.items():
        before = _upstreams(model)
        for index, follower in enumerate(model.fallbacks):
            added = _upstreams(models[follower])
            # One that leads on to others adds those, whoever it has itself.
            if added <= before and not models[follower].fallbacks:
                message = f"{quoted(follower)} adds nobody: all its deployments stand before it"
                yield warning(("models", name, "fallbacks", index), message, hint="remove it, or give it others")
            before |= added


def _upstreams(model: Model) -> set[tuple[str, str]]:
    return {(each.provider, each.model) for each in model.deployments}


CHECK = Check("redundant_fallbacks", _run, advisory=True)
