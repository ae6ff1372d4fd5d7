"""One GET to a port of this machine. Never follows a redirect, never uses a proxy, never raises for a silent port."""

import http.client
from dataclasses import dataclass

_OK = 200
# A list of models is a few kilobytes; whatever sends more is not an engine.
_MAX_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status and the body."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """The status is 200."""
        return self.status == _OK


def get(port: int, path: str, *, timeout_s: float = 2.0, host: str = "127.0.0.1") -> Answer | None:
    """Ask `host`:`port`, an address of this machine, for `path`.

    Returns:
        The answer, or None where nothing listens, nothing answered in time, or the answer was not HTTP.
    """
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"accept": "application/json"})
        response = connection.getresponse()
        return Answer(response.status, response.read(_MAX_BODY))
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
