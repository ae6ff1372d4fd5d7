"""Values as files that a person can read and that tell by themselves whether they are what was written.

```
{
"sha256": "<of the bytes of the value, as they stand here>",
"value": { ... }
}
```

Pure. Never gives back a value that is not what was sealed.
"""

import hashlib
from typing import TypeVar

import msgspec

T = TypeVar("T")


class _Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sha256: str
    value: msgspec.Raw


_decode = msgspec.json.Decoder(_Sealed).decode
_encode = msgspec.json.Encoder().encode


def seal(value: msgspec.Struct) -> bytes:
    """The file."""
    body = msgspec.json.format(_encode(value), indent=2)
    return b'{\n"sha256": "%s",\n"value": %s\n}\n' % (hashlib.sha256(body).hexdigest().encode(), body)


def unseal(data: bytes, form: type[T]) -> T:
    """The value.

    Raises:
        ValueError: the file is not what was written; the message says in what.
    """
    try:
        sealed = _decode(data)
    except msgspec.MsgspecError:
        raise ValueError("it is no JSON of the expected form" if data.strip(b"\0 \n") else "it is empty") from None
    if hashlib.sha256(bytes(sealed.value)).hexdigest() != sealed.sha256:
        raise ValueError("its SHA-256 is not the one that was recorded")
    try:
        return msgspec.json.decode(sealed.value, type=form)
    except msgspec.MsgspecError as problem:  # by another version of sixnines, or by hand
        raise ValueError(f"it does not fit this version of sixnines: {problem}") from None
