"""When a credential that is a JSON web token expires, by what it says itself (RFC 7519, section 4.1.4). Pure.

Never checks a signature, never keeps or shows anything of the token but that time, and guesses nothing: of any other
credential it is not known.
"""

import binascii

import msgspec

_PARTS = 3
_MOST = 16_384  # characters: a token travels in a header
_LATEST = 253_402_300_799  # the end of the year 9999: what is beyond it is no time


def jwt_expiry(credential: str) -> float | None:
    """Unix seconds; None where it is no such token, or one that does not say."""
    parts = credential.split(".")
    if len(parts) != _PARTS or len(credential) > _MOST:
        return None
    try:
        header, claims = (msgspec.json.decode(_decoded(each)) for each in parts[:2])
    except (binascii.Error, ValueError, msgspec.DecodeError):  # ValueError: characters beyond ASCII
        return None
    if not (isinstance(header, dict) and isinstance(header.get("alg"), str) and isinstance(claims, dict)):
        return None
    expires = claims.get("exp")
    return expires if isinstance(expires, int | float) and 0 < expires <= _LATEST else None


def _decoded(part: str) -> bytes:
    """Base64 as RFC 7515, section 2, has it: for URLs, without padding."""
    if "+" in part or "/" in part:
        raise ValueError("not for URLs")
    return binascii.a2b_base64(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4), strict_mode=True)
