"""When a credential that is a JSON web token expires, by what it says itself (RFC 7519, section 4.1.4). Pure.

Never checks a signature, never keeps or shows anything of the token but that time, and guesses nothing: of any other
credential it is not known.
"""

import base64
import binascii

import msgspec

_PARTS = 3
_MOST = 16_384  # characters: a token travels in a header
_LATEST = 253_402_300_799  # the end of the year 9999: what is beyond it is no time


class _Header(msgspec.Struct):
    alg: str


class _Claims(msgspec.Struct):
    exp: float | None = None


def jwt_expiry(credential: str) -> float | None:
    """Unix seconds; None where it is no such token, or one that does not say."""
    parts = credential.split(".")
    if len(parts) != _PARTS or len(credential) > _MOST:
        return None
    try:
        msgspec.json.decode(_decoded(parts[0]), type=_Header)
        claims = msgspec.json.decode(_decoded(parts[1]), type=_Claims)
    except (binascii.Error, ValueError, msgspec.DecodeError):  # ValueError: characters beyond ASCII
        return None
    return claims.exp if claims.exp is not None and 0 < claims.exp <= _LATEST else None


def _decoded(part: str) -> bytes:
    """Base64 as RFC 7515, section 2, has it: for URLs, without padding."""
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True)
