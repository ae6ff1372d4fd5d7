"""The files that a config is made of, as values: what was read, and what all of it is told by.

Never reads a file: `config.load` does.
"""

import hashlib
from collections.abc import Sequence

import msgspec


class SourceFile(msgspec.Struct, frozen=True):
    """One file as it was read.

    Attributes:
        path: relative to the folder of the first one, with `/`.
        content: its bytes.
    """

    path: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def digest_of(sources: Sequence[SourceFile]) -> str:
    """What tells one config from another, in hex: the digest of its only file, or that of all paths and digests."""
    if len(sources) == 1:
        return sources[0].digest
    listed = "".join(f"{each.digest}  {each.path}\n" for each in sources)  # as sha256sum writes them
    return hashlib.sha256(listed.encode()).hexdigest()
