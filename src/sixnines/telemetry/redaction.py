"""Text of the log without credentials: those that this gateway knows, and those that look like one.

Rather hides too much than too little, but in a line of its own it leaves addresses and names readable. Pure.
"""

import re
from collections.abc import Sequence

from sixnines.domain.credential_shapes import IN_URLS, KNOWN, NAMED, OTHERS

_BEARER = NAMED[0]
_HIDDEN = "[secret]"
# Shorter ones are no secrets, and as parts of words they would be hidden everywhere.
_SHORTEST = 6
_DELIMITER = re.compile(r"[\s\"',;]")


class Redactor:
    """Leaves credentials out.

    Args:
        secrets: those that are in use; wherever they stand they are left out.
    """

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = sorted({each for each in secrets if len(each) >= _SHORTEST}, key=len, reverse=True)

    def line(self, text: str) -> str:
        """A message of the gateway's own."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        for pattern, placeholder in (_BEARER, *KNOWN, *OTHERS, *IN_URLS):
            text = pattern.sub(placeholder, text)
        return text

    def content(self, data: bytes, limit: int) -> str:
        """What somebody else has written, cut to `limit` characters.

        Args:
            data: the text or its beginning: what is beyond twice the limit and a KiB is not looked at.
            limit: of what is given back.
        """
        most = 2 * limit + 1024
        text = data[:most].decode(errors="replace")
        cut = len(data) > most
        if cut:
            text = self._without_piece(text)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        for pattern, placeholder in (*NAMED, *KNOWN, *OTHERS, *IN_URLS):
            text = pattern.sub(placeholder, text)
        if cut:  # the last word may be the beginning of a secret, too short to be recognised
            ends = [found.start() for found in _DELIMITER.finditer(text)]
            text = text[: ends[-1]] if ends else ""
        return text if len(text) <= limit and not cut else text[: limit - 1] + "…"

    def _without_piece(self, text: str) -> str:
        """Without the beginning of a known secret at its end."""
        for secret in self._secrets:
            for length in range(len(secret) - 1, 0, -1):
                if text.endswith(secret[:length]):
                    text = text[:-length]
                    break
        return text
