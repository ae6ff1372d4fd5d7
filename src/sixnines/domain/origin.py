"""Where an upstream lives: the key of a connection pool."""

import msgspec


class TlsSettings(msgspec.Struct, frozen=True, cache_hash=True):
    """How to verify an https origin.

    Attributes:
        ca_file: PEM file with the trusted roots instead of the system's, or None.
        insecure_skip_verify: accept any certificate (for lab use; the config check warns).
    """

    ca_file: str | None = None
    insecure_skip_verify: bool = False


class Origin(msgspec.Struct, frozen=True, cache_hash=True):
    """Scheme, host and port (RFC 6454), with the TLS settings that connections to it use.

    Attributes:
        scheme: `http` or `https`.
        host: name or address without brackets.
        port: 1 to 65535.
        tls: settings when the scheme is `https`, else None.
    """

    scheme: str
    host: str
    port: int
    tls: TlsSettings | None = None

    @property
    def netloc(self) -> str:
        """The value of the Host header: the port is left out where it is the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return host if self.port == default else f"{host}:{self.port}"
