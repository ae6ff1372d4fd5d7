"""Opens one connection: name look-up, TCP to each address in turn, TLS, all within one time limit.

Never says where it tried to connect to: its reasons reach callers.
"""

import asyncio
import os
import socket
import ssl
from typing import Final

from sixnines.domain.origin import Origin, TlsSettings
from sixnines.transport.connection import Connection, Owner
from sixnines.transport.interface import Patience, Phase, TransportError
from sixnines.transport.tls import TlsContexts

_TIMED_OUT: Final = {
    Phase.CONNECT: "no connection could be made in time",
    Phase.TLS: "the TLS handshake did not end in time",
}

_HOSTNAME_MISMATCH: Final = 62
_IP_ADDRESS_MISMATCH: Final = 64
"""Of OpenSSL's X509_verify_cert_error_string(3); the texts of these two hold the host's name."""


class Dialer:
    """Opens connections.

    Args:
        idle_s: seconds that each may be idle for.

    Attributes:
        certificates: when the certificate expires that an origin has last shown, in Unix seconds. Not of those that are
            not verified: they may be anything.
    """

    __slots__ = ("_contexts", "_idle_s", "certificates")

    def __init__(self, *, idle_s: float) -> None:
        self._contexts = TlsContexts()
        self.certificates: dict[Origin, int] = {}
        self._idle_s = idle_s

    async def dial(self, origin: Origin, patience: Patience, *, owner: Owner) -> Connection:
        """Connect to `origin`.

        Raises:
            TransportError: with phase CONNECT or TLS.
        """
        loop = asyncio.get_running_loop()
        phase = Phase.CONNECT
        limit = asyncio.timeout_at(min(loop.time() + patience.connect_s, patience.head_at))
        try:
            async with limit:
                context = await self._context(origin)
                transport, connection = await loop.create_connection(
                    lambda: Connection(origin, owner, loop=loop, idle_s=self._idle_s), origin.host, origin.port
                )
                if context is not None:
                    phase = Phase.TLS
                    expires = await _secure(transport, connection, context=context)
                    if expires is not None:
                        self.certificates[origin] = expires
        except (OSError, UnicodeError) as error:  # UnicodeError: no host name by the rules of IDNA
            if limit.expired():
                raise TransportError(phase, _TIMED_OUT[phase], timed_out=True) from None
            raise TransportError(phase, _why_not_connected(error)) from None
        return connection

    async def _context(self, origin: Origin) -> ssl.SSLContext | None:
        """The TLS context for `origin`, or None for plain TCP."""
        if origin.scheme != "https":
            return None
        settings = TlsSettings() if origin.tls is None else origin.tls
        context = self._contexts.cached(settings)
        if context is not None:
            return context
        try:
            return await asyncio.get_running_loop().run_in_executor(None, self._contexts.make, settings)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and not isinstance(error, ssl.SSLError) else "no certificate"
            raise TransportError(Phase.TLS, f"the trusted certificates could not be read ({why})") from None


async def _secure(transport: asyncio.Transport, connection: Connection, *, context: ssl.SSLContext) -> int | None:
    """Put TLS between `connection` and its socket. A step of its own, so that its failures can be told apart.

    Returns:
        When the server's certificate expires, in Unix seconds; None if that is not known.
    """
    # On failure and cancellation both event loops close the transport.
    secured = await connection.loop.start_tls(transport, connection, context, server_hostname=connection.origin.host)
    if secured is None:  # by its type only: asyncio returns None for a transport that was closed meanwhile
        raise ConnectionResetError
    connection.use(secured)
    # Both event loops have asked for it already. It is empty where the certificate was not verified.
    certificate = secured.get_extra_info("peercert") or {}
    expires = certificate.get("notAfter")
    return None if expires is None else ssl.cert_time_to_seconds(expires)


def _why_not_connected(error: OSError | UnicodeError) -> str:
    match error:
        case ssl.SSLCertVerificationError(verify_code=code) if code in {_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH}:
            return "the server's certificate is for another host"
        case ssl.SSLCertVerificationError(verify_message=message):
            return f"the server's certificate was refused ({message})"
        case ssl.SSLError(reason=reason):
            return f"the TLS handshake failed ({(reason or 'unknown').replace('_', ' ').lower()})"
        case socket.gaierror() | UnicodeError():
            return "the host name could not be resolved"
        case ConnectionRefusedError():
            return "the connection was refused"
        case ConnectionError():
            return "the connection was closed by the server"
        case OSError(errno=int(number)):
            return f"no connection could be made ({os.strerror(number)})"
    return "no address of the host could be reached"  # several addresses, each with an error of its own
