"""TLS settings have an effect, and are safe."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, address_of
from sixnines.config.diagnostics import Finding, error, warning


def _run(subject: Subject) -> Iterator[Finding]:
    for name, provider in subject.document.providers.items():
        if provider.tls is None:
            continue
        path = ("providers", name, "tls")
        url = address_of(subject, provider)
        if url is not None and url.scheme == "http":
            yield error(path, "has no effect: the address starts with http://", hint="use https, or remove it")
        elif provider.tls.insecure_skip_verify and provider.tls.ca_file is not None:
            hint = "remove one of the two"
            yield error((*path, "ca_file"), "has no effect next to insecure_skip_verify", hint=hint)
        elif provider.tls.insecure_skip_verify:
            message = "anybody between here and there can read and change everything"
            yield warning((*path, "insecure_skip_verify"), message, hint="name the server's own root with ca_file")


CHECK = Check("tls", _run)
