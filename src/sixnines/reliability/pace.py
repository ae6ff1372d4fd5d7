"""How often counts are written to the ledger: always, where they are few, and less often the more they are. Pure."""

from typing import Final

FEW: Final = 1000
"""So many counts are written each time. Of more it would take more than a fiftieth of the time, so it is written so
many times less often as there are more, ..."""

SELDOM_S: Final = 0.75
"""... but as often as this, and at the end of each minute: a kill loses what ended within the last second at most."""


def pause_s(counts: int, every_s: float) -> float:
    """Seconds until the next time, after so many were written; 0.0 for the next of those `every_s` seconds."""
    return min(SELDOM_S, every_s * counts / FEW) if counts > FEW else 0.0
