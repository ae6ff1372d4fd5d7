"""When the certificates and keys of providers expire, as far as that is known, and the metrics of it.

Never shows a key or an address, and knows nothing by a file's age: of a certificate it knows what the last handshake
brought, of a key what it says itself (`domain.jwt_expiry`).
"""

from collections.abc import Callable, Mapping

from sixnines.config.snapshot import ProviderSpec, Snapshot
from sixnines.domain.jwt_expiry import jwt_expiry
from sixnines.domain.origin import Origin
from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.exposition import Labels
from sixnines.telemetry.metrics import CERTIFICATE_EXPIRY, KEY_EXPIRY

Certificates = Callable[[], Mapping[Origin, int]]
"""When the certificate expires that an origin has last shown (Unix seconds)."""


def key_expiry(spec: ProviderSpec) -> float | None:
    """When the key of a provider expires (Unix seconds); None where it does not say."""
    return None if spec.credential is None else jwt_expiry(spec.credential.reveal())


class ExpiryGauges:
    """Writes them down."""

    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates
        self._keys: tuple[Snapshot, dict[Labels, float]] | None = None

    def assign(self, metrics: Metrics, snapshot: Snapshot) -> None:
        """Set the metrics of what this worker knows."""
        shown, providers = self._certificates(), snapshot.providers.items()
        known: dict[Labels, float] = {
            (name,): float(shown[spec.origin]) for name, spec in providers if spec.origin in shown
        }
        metrics.replace(CERTIFICATE_EXPIRY, known)
        if self._keys is None or self._keys[0] is not snapshot:
            found: dict[Labels, float] = {
                (name,): expires for name, spec in providers if (expires := key_expiry(spec)) is not None
            }
            self._keys = snapshot, found
        metrics.replace(KEY_EXPIRY, self._keys[1])
