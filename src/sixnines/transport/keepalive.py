"""How long a connection may be kept after a response, by what the server said about it.

Pure. Errs on the side of closing: a fresh connection costs less than a request sent to a closed one.
"""

import functools
import math
import re
from dataclasses import dataclass
from typing import Final

_FIELD: Final = re.compile(rb"(?:^|[,;\s])(timeout|max)\s*=\s*\"?(\d{1,9})(?!\d)", re.IGNORECASE)

_MARGIN: Final = 0.8
"""Engines announce 5 s and close at 5.00 s; a request must not be on its way at that moment."""


@dataclass(frozen=True, slots=True)
class KeepAliveTerms:
    """What one Keep-Alive header promises.

    Attributes:
        idle_s: seconds to keep the connection for, a margin below what was announced; infinity if nothing was.
        requests: `max` as sent; infinity if it was not.
    """

    idle_s: float
    requests: float


@functools.lru_cache(maxsize=256)  # a server sends the same value, or a few that count down, with every response
def keep_alive_terms(value: bytes) -> KeepAliveTerms:
    """The terms in the value of a Keep-Alive header (RFC 2068 section 19.7.1.1: `timeout=5, max=100`)."""
    said = {name.lower(): int(number) for name, number in _FIELD.findall(value)}
    return KeepAliveTerms(said.get(b"timeout", math.inf) * _MARGIN, said.get(b"max", math.inf))


def requests_left(before: float, terms: KeepAliveTerms) -> float:
    """How many more requests the connection may carry.

    Some servers mean `max` as what is left (Apache counts down), others as the total and never change it (cpp-httplib,
    hence llama.cpp). Counting down from the least that was ever said is right for the second and at most one short for
    the first.

    Args:
        before: the result for the response before this one on the connection; infinity for the first.
        terms: of this response.
    """
    return min(before, terms.requests) - 1
