"""Recognises a message head that is the one before it but for its Content-Length (ADR 0012). Pure.

Never takes a head for known that differs in any other byte, so what was found out about the one before holds for it.
"""

import re
from typing import Final

# A line that begins so is a field of its own, whatever surrounds it: a folded line begins with white space (RFC 9112
# section 5.2), and both parsers refuse a second Content-Length.
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)

_MOST_DIGITS: Final = 9
"""Of a length that is recognised: a longer one is read as if it had never been seen."""


class KnownHead:
    """A head that has been read and accepted.

    Args:
        head: all of it, the empty line included.
        limit: bytes above which a head is not accepted.
    """

    __slots__ = ("_after", "_before", "_body_at", "_end", "_reach", "_start", "digits")

    def __init__(self, head: bytes, limit: int) -> None:
        found = _LENGTH.search(head)
        start, end = (len(head), len(head)) if found is None else found.span(1)
        self.digits = head[start:end]
        self._before = head[:start]
        self._after = head[end:]
        self._start = start
        longest = 0 if found is None else min(_MOST_DIGITS, limit - len(head) + len(self.digits))
        self._end = end
        self._body_at = len(head) if len(self.digits) <= longest else end
        self._reach = start + longest + len(self._after)

    def match(self, data: bytes) -> tuple[bytes, int] | None:
        """Whether `data` begins with this head: the digits of its length and where the body begins.

        A head without a length has no digits.
        """
        if not data.startswith(self._before):
            return None
        start, end = self._start, self._end
        # Nearly always there are as many digits as in the last one, and then nothing has to be searched.
        if data[end : self._body_at] != self._after:
            end = data.find(self._after, start, self._reach)
        digits = data[start:end] if end >= 0 else b"-"
        if digits == self.digits or digits.isdigit():
            return digits, end + len(self._after)
        return None
