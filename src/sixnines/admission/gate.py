"""The gate: does this caller hold a key? Keys are compared by their SHA-256; the keys themselves are not kept.

Never logs or repeats what was sent.
"""

import hashlib
from typing import Final

from sixnines.config.snapshot import ServerSpec
from sixnines.errors import Forbidden, Unauthenticated

_BEARER: Final = b"bearer "


class Gate:
    """Checks callers and administrators against one config."""

    def __init__(self, server: ServerSpec) -> None:
        self._callers = server.key_digests
        self._admin = server.admin_key_digest
        self._known = self._callers | (frozenset() if self._admin is None else frozenset((self._admin,)))

    def admit_caller(self, authorization: bytes | None) -> None:
        """Let a caller in.

        Raises:
            Unauthenticated: keys are configured and the header holds none of them.
        """
        if self._callers:
            self._check(authorization)

    def admit_admin(self, authorization: bytes | None) -> None:
        """Let an administrator in (metrics, admin paths).

        Raises:
            Unauthenticated: an admin key is configured and the header holds none.
            Forbidden: the key is a caller's.
        """
        if self._admin is None:
            return
        digest = self._check(authorization)
        if digest != self._admin:
            raise Forbidden("This path needs the admin key (`server.admin_key`), not a caller's key.")

    def is_admin(self, authorization: bytes | None) -> bool:
        """Whether the header holds the admin key; where there is none, nobody holds it. Refuses nobody."""
        if self._admin is None or authorization is None or authorization[: len(_BEARER)].lower() != _BEARER:
            return False
        return _digest(authorization) == self._admin

    def _check(self, authorization: bytes | None) -> bytes:
        if authorization is None:
            raise Unauthenticated(
                "You didn't provide an API key. Send it in an Authorization header: `Authorization: Bearer YOUR_KEY`."
            )
        if not authorization[: len(_BEARER)].lower() == _BEARER:
            raise Unauthenticated("The Authorization header must read `Bearer YOUR_KEY`.")
        digest = _digest(authorization)
        if digest not in self._known:
            raise Unauthenticated("Incorrect API key provided.")
        return digest


def _digest(authorization: bytes) -> bytes:
    return hashlib.sha256(authorization[len(_BEARER) :].strip()).digest()
