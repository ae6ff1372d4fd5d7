"""A queue stands before a limit; without one nobody would ever wait in it."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, error


def _run(subject: Subject) -> Iterator[Finding]:
    for name, provider in subject.document.providers.items():
        if provider.queue is not None and provider.max_in_flight is None:
            message = "has no effect without max_in_flight: requests wait only where their number is limited"
            yield error(("providers", name, "queue"), message, hint="set max_in_flight, or remove queue")


CHECK = Check("queues", _run)
