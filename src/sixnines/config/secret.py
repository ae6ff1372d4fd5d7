"""A secret and the reference by which a config names it.

Never shows the secret: not in `repr`, not in an f-string, not in an error.
"""

import enum
import re
from dataclasses import dataclass

_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What a header field's value may hold (RFC 9110, section 5.5, without tabs and bytes beyond ASCII).
_HEADER_SAFE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")

REFERENCE_PATTERN = "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$"


class Secret:
    """A value that prints as `***`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The value itself, for those who put it on the wire or hash it."""
        return self._text

    @property
    def is_header_safe(self) -> bool:
        """Can it stand in a header without ending or bending it?"""
        return _HEADER_SAFE.fullmatch(self._text) is not None

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)"


class ReferenceKind(enum.StrEnum):
    """Where a secret can come from."""

    ENV = "env"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """`env:NAME` or `file:PATH`."""

    kind: ReferenceKind
    target: str


def parse_reference(text: str) -> SecretReference:
    """The reference in `text`.

    Raises:
        ValueError: with a reason that holds nothing of the text, because the text may be the secret itself.
    """
    kind, colon, target = text.partition(":")
    if colon and kind == ReferenceKind.ENV:
        if not _ENVIRONMENT_NAME.fullmatch(target):
            raise ValueError("env: takes the name of an environment variable (letters, digits, _)")
        return SecretReference(ReferenceKind.ENV, target)
    if colon and kind == ReferenceKind.FILE:
        if not target or not target.isprintable():
            raise ValueError("file: takes the path of a file")
        return SecretReference(ReferenceKind.FILE, target)
    raise ValueError("a secret is never written here; name it as env:NAME or file:PATH")
