"""A breaker's rest grows towards `max_open`, never from above it."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, error
from sixnines.config.quantities import render_duration


def _run(subject: Subject) -> Iterator[Finding]:
    breaker = subject.document.defaults.breaker
    if breaker.max_open_s is not None and breaker.max_open_s < breaker.open_s:
        message = f"is less than open ({render_duration(breaker.open_s)}), which it limits"
        yield error(("defaults", "breaker", "max_open"), message, hint="raise max_open, or lower open")


CHECK = Check("cool_downs", _run)
