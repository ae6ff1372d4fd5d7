"""A gateway that others can reach asks for keys, and is not there to be broken."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, error, warning
from sixnines.config.urls import is_loopback, parse_listen


def _run(subject: Subject) -> Iterator[Finding]:
    server = subject.document.server
    if is_loopback(parse_listen(server.listen).host):
        return
    given = {"api_keys": bool(server.api_keys), "admin_key": server.admin_key is not None}
    missing = [key for key, there in given.items() if not there and ("server", key) not in subject.unusable]
    if missing:
        message = (
            f"others can reach this address, and {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set"
        )
        yield error(("server", "listen"), message, hint="set both (env:NAME or file:PATH), or listen on 127.0.0.1")
    if server.fault_injection:
        message = "whoever has the admin key can break providers on purpose, and others can reach this address"
        yield warning(("server", "fault_injection"), message, hint="leave it out where callers rely on the gateway")


CHECK = Check("exposure", _run)
