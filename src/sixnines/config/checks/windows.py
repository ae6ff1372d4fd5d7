"""No fallback has a smaller context window than the model it stands in for."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, quoted, warning
from sixnines.config.model_sections import Model


def _run(subject: Subject) -> Iterator[Finding]:
    models = subject.document.models
    for name, model in models.items():
        window = _largest(model)
        if window is None:
            continue
        for follower in subject.chains[name]:
            smaller = _largest(models[follower])
            if smaller is not None and smaller < window:
                message = f"the window shrinks from {window:,} to {smaller:,} tokens at the fallback {quoted(follower)}"
                yield warning(("models", name, "fallbacks"), message, hint="longer requests have no fallback there")
                break


def _largest(model: Model) -> int | None:
    """The window that the model's best deployment has, if all of them are known."""
    windows = [each.context_window or model.context_window for each in model.deployments]
    known = [each for each in windows if each is not None]
    return max(known) if len(known) == len(windows) else None


CHECK = Check("windows", _run, advisory=True)
