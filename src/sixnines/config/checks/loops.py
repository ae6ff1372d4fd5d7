"""No provider is the gateway itself."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, address_of
from sixnines.config.diagnostics import Finding, error
from sixnines.config.urls import is_everywhere, is_loopback, parse_listen


def _run(subject: Subject) -> Iterator[Finding]:
    listen = parse_listen(subject.document.server.listen)
    for name, provider in subject.document.providers.items():
        url = address_of(subject, provider)
        if url is not None and url.port == listen.port and _same_host(url.host, listen.host):
            yield error(("providers", name, "base_url"), "this is the gateway's own address (server.listen)")


def _same_host(target: str, listening: str) -> bool:
    """Does a connection to `target` surely reach who listens on `listening`?"""
    return target == listening or (is_loopback(target) and (is_loopback(listening) or is_everywhere(listening)))


CHECK = Check("loops", _run)
