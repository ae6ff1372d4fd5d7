"""TLS contexts: one for each set of settings, strict unless told otherwise."""

import ssl

from sixnines.domain.origin import TlsSettings
from sixnines.transport.tls import TlsContexts


def test_a_context_is_made_once_for_equal_settings() -> None:
    contexts = TlsContexts()
    assert contexts.cached(TlsSettings()) is None
    made = contexts.make(TlsSettings())
    assert contexts.cached(TlsSettings()) is made
    assert contexts.cached(TlsSettings(insecure_skip_verify=True)) is None


def test_verification_is_on_unless_the_settings_say_otherwise() -> None:
    strict = TlsContexts().make(TlsSettings())
    assert (strict.verify_mode, strict.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert strict.minimum_version >= ssl.TLSVersion.TLSv1_2
    lax = TlsContexts().make(TlsSettings(insecure_skip_verify=True))
    assert (lax.verify_mode, lax.check_hostname) == (ssl.CERT_NONE, False)
