"""How the gateway's own log is written, and where traces go. Values only."""

import enum
import logging

import msgspec


class LogFormat(enum.StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(enum.StrEnum):
    """What is worth a line: this and what is worse."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        """The level of the standard library's logging."""
        return logging.getLevelNamesMapping()[self.name]


class LogSettings(msgspec.Struct, frozen=True):
    """How the log is written.

    Attributes:
        format: of each line.
        level: from which on there is one.
        requests: each call of a model gets one when it has ended.
        log_content: with what was asked and answered.
        max_content: bytes of each of the two.
    """

    format: LogFormat = LogFormat.TEXT
    level: LogLevel = LogLevel.INFO
    requests: bool = False
    log_content: bool = False
    max_content: int = 4096


class TracingSettings(msgspec.Struct, frozen=True):
    """Where traces go.

    Attributes:
        url: where spans are posted.
        headers: for each such request; the values may be secrets.
        sample: the part of the requests that is recorded, of those that no caller has decided about.
        service: what the gateway is called there.
        packed: they are compressed, because they cross a network. To one's own machine that costs more than it saves.
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    sample: float
    service: str
    packed: bool = False

    def __repr__(self) -> str:
        return f"TracingSettings({self.url!r})"  # and no header


class ObservingSettings(msgspec.Struct, frozen=True):
    """What the gateway tells about itself.

    Attributes:
        log: its own log.
        tracing: where traces go, or None.
        secrets: those that it sends to others: never to be shown.
    """

    log: LogSettings = LogSettings()
    tracing: TracingSettings | None = None
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"ObservingSettings({self.log!r}, {self.tracing!r})"  # and no secret
