"""No two engines of this machine are said to listen on one port."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, address_of, are_two_programs
from sixnines.config.diagnostics import Finding, quoted, warning
from sixnines.config.urls import is_loopback


def _run(subject: Subject) -> Iterator[Finding]:
    providers = subject.document.providers
    first: dict[tuple[int, str], str] = {}
    for name, provider in providers.items():
        url = address_of(subject, provider)
        if url is None or not is_loopback(url.host):
            continue
        other = first.setdefault((url.port, url.path), name)
        if are_two_programs(subject, provider, providers[other]):
            message = (
                f"port {url.port} is that of {quoted(other)} already, which is {providers[other].kind} "
                f"and not {provider.kind}: one program can listen there"
            )
            yield warning(("providers", name, "base_url"), message, hint="give each its own port")


CHECK = Check("ports", _run, advisory=True)
