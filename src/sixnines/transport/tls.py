"""TLS contexts, one for each set of settings.

Reads certificate files, which blocks: call off the event loop. Never weakens a context unless the settings say so.
"""

import ssl

from sixnines.domain.origin import TlsSettings


class TlsContexts:
    """Makes and keeps contexts: loading the system's roots takes some 20 ms."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[TlsSettings, ssl.SSLContext] = {}

    def cached(self, settings: TlsSettings) -> ssl.SSLContext | None:
        """The context for `settings` if it has been made."""
        return self._made.get(settings)

    def make(self, settings: TlsSettings) -> ssl.SSLContext:
        """The context for `settings`; certificate files are read when it is first asked for.

        Raises:
            OSError: `ca_file` cannot be read, or (`ssl.SSLError`) holds no certificate.
        """
        context = ssl.create_default_context(cafile=settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996; some builds of Python leave it to the system
        context.set_alpn_protocols(["http/1.1"])
        if settings.insecure_skip_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self._made[settings] = context
        return context
