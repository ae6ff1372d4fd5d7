"""Lines of the log: text for people, or JSON with one object a line.

Never lets a credential through that is known or looks like one, and never writes two lines for one JSON object.
"""

import functools
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from sixnines.domain.log_settings import LogFormat, LogSettings
from sixnines.telemetry.redaction import Redactor

_encode = msgspec.json.Encoder().encode
_WORDS = {logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error"}


class LogStyle(logging.Formatter):
    """How lines are written. Values only: another config has another style.

    Args:
        settings: what config says.
        redactor: knows the secrets.
        who: which of several processes writes, in front of each message; "" for the only one.

    Attributes:
        settings: as above.
        redactor: as above.
        level: the least that is worth a line.
        tells_usual: a line about a request that was answered is wanted, in JSON, and without what it was about.
        end: what stands behind the fields of a JSON line.
    """

    def __init__(self, settings: LogSettings, redactor: Redactor, who: str = "") -> None:
        super().__init__(f"%(asctime)s %(levelname)s {who}%(message)s")
        self.settings = settings
        self.redactor = redactor
        self.level = settings.level.number
        self._moment = (-1, "")
        self._who = who
        self._process = who.rstrip(": ")
        self.tells_usual = settings.format is LogFormat.JSON and not settings.log_content and self.level <= logging.INFO
        process = f',"process":{_encode(self._process).decode()}' if self._process else ""
        self.end = process + "}\n"

    def format(self, record: logging.LogRecord) -> str:
        """A line, or several for text with a traceback."""
        if self.settings.format is LogFormat.TEXT:
            return self.redactor.line(super().format(record))
        line: dict[str, object] = {"message": self.redactor.line(record.getMessage())}
        if record.exc_info:
            line["exception"] = self.redactor.line(self.formatException(record.exc_info))
        return self._json(record.created, record.levelno, line)

    def event(self, at_unix_s: float, level: int, message: str, fields: Mapping[str, object]) -> str:
        """A line with fields; as text, they stand behind the message as `name=value`."""
        if self.settings.format is LogFormat.JSON:
            return self._json(at_unix_s, level, {"message": message, **fields})
        when = self.formatTime(logging.makeLogRecord({"created": at_unix_s, "msecs": at_unix_s % 1 * 1000}))
        told = " ".join(f"{name}={_plain(value)}" for name, value in fields.items())
        return f"{when} {_WORDS.get(level, 'error').upper()} {self._who}{message} {told}"

    def _json(self, at_unix_s: float, level: int, fields: Mapping[str, object]) -> str:
        line = {"time": self.time(at_unix_s), "level": _WORDS.get(level, "error"), **fields}
        if self._process:
            line["process"] = self._process
        return _encode(line).decode()

    def time(self, at_unix_s: float) -> str:
        """RFC 3339 with milliseconds. Of many lines, most come in the same millisecond as the one before."""
        moment, shown = self._moment  # in one piece: another thread may be here as well
        now = int(at_unix_s * 1000)
        if moment == now:
            return shown
        second, millisecond = divmod(now, 1000)
        shown = f"{_second(second)}.{millisecond:03d}Z"
        self._moment = now, shown
        return shown


@functools.lru_cache(maxsize=4)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _plain(value: object) -> str:
    """A value in a line of text: as it is if it is one word, else as JSON."""
    if isinstance(value, str) and value and value.isprintable() and not set(value) & set(' "=[]{}'):
        return value
    return _encode(value).decode()
