"""The way to a collector of OpenTelemetry: OTLP over HTTP, on a connection of its own.

Sends nothing but to the configured address, with the configured headers: no proxy and no variable of the environment
has a say in that. Never follows a redirect.
"""

import asyncio
import gzip
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from sixnines import __version__
from sixnines.domain.log_settings import TracingSettings
from sixnines.domain.origin import Origin, TlsSettings
from sixnines.transport.interface import Patience, Phase, Transport, TransportError

_TIMEOUT_S: Final = 5.0
_MOST_ANSWERED: Final = 64 * 1024
# OTLP/HTTP, "Retryable Response Codes": https://opentelemetry.io/docs/specs/otlp/#failures-1
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
_PORTS: Final = {"http": 80, "https": 443}


class CollectorWire:
    """Implements `telemetry.otlp.Wire`.

    Args:
        settings: where.
        transport: its own, closed with it.
    """

    def __init__(self, settings: TracingSettings, transport: Transport) -> None:
        url = urlsplit(settings.url)
        tls = TlsSettings() if url.scheme == "https" else None
        self._origin = Origin(url.scheme, url.hostname or "", url.port or _PORTS[url.scheme], tls)
        self._packed = settings.packed
        self._transport = transport
        lines = [
            f"POST {url.path} HTTP/1.1",
            f"host: {self._origin.netloc}",
            "accept-encoding: identity",
            "content-type: application/x-protobuf",
            *(["content-encoding: gzip"] if self._packed else []),
            *(
                f"{name}: {value}"
                for name, value in {"user-agent": f"sixnines/{__version__}", **dict(settings.headers)}.items()
            ),
        ]
        self._head = "\r\n".join([*lines, "content-length: "]).encode("latin-1")

    async def post(self, content: Sequence[bytes]) -> tuple[str, bool]:
        """See `telemetry.otlp.Wire.post`."""
        body = b"".join(content)
        if self._packed:
            body = await asyncio.to_thread(gzip.compress, body, 1)
        until = asyncio.get_running_loop().time() + _TIMEOUT_S
        head = b"%b%d\r\n\r\n" % (self._head, len(body))
        try:
            exchange = await self._transport.send(self._origin, head, body, Patience(_TIMEOUT_S, until))
            exchange.expire_at(until, Phase.BODY)
            await exchange.read_all(_MOST_ANSWERED)
        except TransportError as error:
            return error.reason, not error.violation
        if exchange.status == HTTPStatus.OK:
            return "", False
        return f"status {exchange.status}", exchange.status in _TRY_AGAIN

    async def aclose(self) -> None:
        """Close the connection."""
        await self._transport.aclose()
