"""The marks that make one answer different from the next: ids and time. Deterministic for a seed and a serial."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Stamp:
    """Marks of one answer.

    Attributes:
        serial: counts the requests of a stand-in from 1.
        seed: the script's seed.
        now_s: Unix seconds when the request came.
        request_id: the caller's `X-Request-Id`, if it sent one.
    """

    serial: int
    seed: int
    now_s: float
    request_id: str | None = None

    def hex(self, length: int, salt: str = "") -> str:
        """A hexadecimal id of up to 64 digits; another `salt` gives another id."""
        return hashlib.sha256(f"{self.seed}:{self.serial}:{salt}".encode()).hexdigest()[:length]

    def uuid(self) -> str:
        """An id in the form of a UUID (version 4)."""
        digits = self.hex(32)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    @property
    def created(self) -> int:
        """Whole Unix seconds."""
        return int(self.now_s)

    @property
    def iso(self) -> str:
        """RFC 3339 with nanoseconds, as Go programs write it."""
        moment = datetime.fromtimestamp(self.now_s, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond * 1000:09d}Z"
