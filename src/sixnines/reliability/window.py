"""The windows that availability is told for. Values only."""

from typing import Final

from sixnines.domain.availability import HOUR_MINUTES

WINDOWS: Final = {"1h": 60, "24h": 24 * 60, "7d": 7 * 24 * 60, "30d": 30 * 24 * 60}
"""In minutes, by name. A window ends with the current minute, which is not over."""

USUAL: Final = "24h"
LONGEST: Final = "30d"
"""The window of the error budget that metrics show."""

_BY_THE_HOUR: Final = 24 * 60


def first_minute(window: str, now: int) -> int:
    """The minute with which a window begins that ends with `now`.

    Longer windows than a day begin with a full hour: of the time before, sums are kept by the hour.
    """
    minutes = WINDOWS[window]
    first = now - minutes + 1
    return first - first % HOUR_MINUTES if minutes > _BY_THE_HOUR else first
