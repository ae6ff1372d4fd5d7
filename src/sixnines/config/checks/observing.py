"""What is told about requests: content is part of a line about one, and what goes to a collector can go there."""

import re
from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, error, quoted, warning
from sixnines.config.urls import is_loopback, parse_base_url

# RFC 9110, section 5.1, as far as names in this config may go.
_HEADER_NAME = re.compile(r"[A-Za-z0-9_.+-]+")
_OURS = frozenset({"host", "content-type", "content-length", "content-encoding", "transfer-encoding", "connection"})


def _run(subject: Subject) -> Iterator[Finding]:
    server = subject.document.server
    told = server.log.requests or ("server", "log", "requests") in subject.unusable
    if server.log.log_content and not told:
        message = "has no effect without requests: content is part of the line about a request"
        yield error(("server", "log", "log_content"), message, hint="set requests: true, or remove log_content")
    tracing = server.tracing
    if tracing is None:
        return
    for name in tracing.headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
            message = f"{quoted(name)} is no header that can be sent with spans"
            yield error(("server", "tracing", "headers", name), message, hint="such as authorization or x-api-key")
    url = parse_base_url(tracing.endpoint)
    if tracing.headers and url.scheme == "http" and not is_loopback(url.host):
        message = "the headers travel unencrypted to another machine"
        yield warning(("server", "tracing", "endpoint"), message, hint="use https")


CHECK = Check("observing", _run)
