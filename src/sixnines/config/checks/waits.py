"""No time-out is cut off by a shorter one before it can take effect."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import DocumentPath, Finding, warning
from sixnines.config.quantities import render_duration


def _run(subject: Subject) -> Iterator[Finding]:
    defaults = subject.document.defaults.timeouts
    shared = {"connect": defaults.connect_s, "first_token": defaults.first_token_s, "idle": defaults.idle_s}
    yield from _judged(shared, defaults.total_s, ("defaults", "timeouts"))
    for name, model in subject.document.models.items():
        own = model.timeouts
        given = {"connect": own.connect_s, "first_token": own.first_token_s, "idle": own.idle_s}
        total_s = defaults.total_s if own.total_s is None else own.total_s
        yield from _judged(given, total_s, ("models", name, "timeouts"))
    longest_s = max([defaults.total_s, *(each.timeouts.total_s or 0 for each in subject.document.models.values())])
    for name, provider in subject.document.providers.items():
        kept = provider.timeouts
        given = {"connect": kept.connect_s, "first_token": kept.first_token_s, "idle": kept.idle_s}
        yield from _judged(given, longest_s, ("providers", name, "timeouts"))


def _judged(given: dict[str, float | None] | dict[str, float], total_s: float, path: DocumentPath) -> Iterator[Finding]:
    for key, value in given.items():
        if value is not None and value > total_s:
            message = f"never takes effect: the whole request ends after {render_duration(total_s)}"
            yield warning((*path, key), message, hint="raise total as well")


CHECK = Check("waits", _run, advisory=True)
