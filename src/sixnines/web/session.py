"""Who is signed in: the cookie that a browser gets for the admin key, and the tokens of forms. Pure.

A cookie is `<when it ends>.<random>.<HMAC-SHA256>`, keyed by what the config keeps of the admin key: so every worker
knows it, a restart does not end it, and another key does. The key itself is never in it. Format: our own.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

COOKIE: Final = "sixnines_ui"
LIFE_S: Final = 12 * 3600
"""A day at work."""

_PARTS: Final = 3
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Sessions:
    """Gives out sessions and knows them again.

    Args:
        secret: nobody outside knows it.
    """

    secret: bytes

    def issue(self, now_unix_s: float, nonce: str) -> str:
        """The value of a new cookie; `nonce` tells it from all others."""
        said = f"{int(now_unix_s) + LIFE_S}.{nonce}"
        return f"{said}.{self._sign('session', said)}"

    def nonce_of(self, cookie: str, now_unix_s: float) -> str | None:
        """The nonce of a cookie of ours that has not ended; None for any other."""
        said, _, signature = cookie.rpartition(".")
        ends, _, nonce = said.partition(".")
        if len(cookie) > _LONGEST or not hmac.compare_digest(
            signature.encode(), self._sign("session", said).encode()
        ):  # compared before anything in it is believed
            return None
        return nonce if int(ends) > now_unix_s else None

    def form_token(self, nonce: str) -> str:
        """What a form must hold that was made for a session."""
        return self._sign("form", nonce)

    def _sign(self, what: str, text: str) -> str:
        return hmac.new(self.secret, f"sixnines ui {what} {text}".encode(), hashlib.sha256).hexdigest()


def cookie_in(header: bytes | None) -> str | None:
    """The value of our cookie in a `Cookie` header (RFC 6265 section 4.2.1), or None."""
    for pair in (header or b"").decode("latin-1").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def set_cookie(value: str, *, secure: bool, life_s: int = LIFE_S) -> str:
    """A `Set-Cookie` header (RFC 6265bis); with an empty value and no life it ends the session in this browser."""
    return f"{COOKIE}={value}; Path=/ui; Max-Age={life_s}; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"
