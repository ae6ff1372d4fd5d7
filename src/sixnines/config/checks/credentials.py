"""A credential does not travel where others can read it."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, address_of
from sixnines.config.diagnostics import Finding, warning
from sixnines.config.urls import is_loopback


def _run(subject: Subject) -> Iterator[Finding]:
    for name, provider in subject.document.providers.items():
        url = address_of(subject, provider)
        if provider.api_key is not None and url is not None and url.scheme == "http" and not is_loopback(url.host):
            message = "the api_key travels unencrypted to another machine"
            yield warning(("providers", name, "base_url"), message, hint="use https")


CHECK = Check("credentials", _run)
