"""The sections of the config that say what the gateway tells about itself: its log and its traces."""

import msgspec

from sixnines.config.fields import BaseUrlText, ContentSize, Name, Ratio, SecretText
from sixnines.domain.log_settings import LogFormat, LogLevel


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway's own log, on standard error.

    Credentials are left out of every line: those of this config, and what looks like one.

    Attributes:
        format: `text` for people, or `json` with one object a line.
        level: Lines of this level and of those that are worse.
        requests: One line for each call of a model, when it has ended: who answered, what was tried, how long it took.
        log_content: With what was asked and what was answered. Needs `requests`.
        max_content: Of a question and of an answer so much is shown, and no more.
    """

    format: LogFormat = LogFormat.TEXT
    level: LogLevel = LogLevel.INFO
    requests: bool = False
    log_content: bool = False
    max_content: ContentSize = 4096


class Tracing(msgspec.Struct, frozen=True, kw_only=True):
    """Traces of requests, sent to a collector of OpenTelemetry (OTLP over HTTP).

    A request that comes with `traceparent` becomes part of that trace, and its flag says whether it is recorded.
    Providers get a `traceparent` of their own with each attempt.

    Attributes:
        endpoint: The collector: `http://127.0.0.1:4318`. Spans go to `/v1/traces` there.
        sample: Part of the requests that is recorded, of those that come without `traceparent`.
        headers: Sent to the collector with all spans, such as `authorization`; the values are references.
        service_name: What this gateway is called in traces.
    """

    endpoint: BaseUrlText
    sample: Ratio = 1.0
    headers: dict[Name, SecretText] = {}
    service_name: Name = "sixnines"
