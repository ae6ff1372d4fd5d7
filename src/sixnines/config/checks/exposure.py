"""A gateway that others can reach asks for keys."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, error
from sixnines.config.urls import is_loopback, parse_listen


def _run(subject: Subject) -> Iterator[Finding]:
    server = subject.document.server
    if is_loopback(parse_listen(server.listen).host):
        return
    missing = [key for key, value in (("api_keys", server.api_keys), ("admin_key", server.admin_key)) if not value]
    if missing:
        message = (
            f"others can reach this address, and {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set"
        )
        yield error(("server", "listen"), message, hint="set both (env:NAME or file:PATH), or listen on 127.0.0.1")


CHECK = Check("exposure", _run)
