"""How many revisions of a config are kept, and for how long. Values only."""

import msgspec

DAY_S = 86_400


class Retention(msgspec.Struct, frozen=True):
    """What is kept.

    Attributes:
        count: so many revisions, the newest; at least 1.
        days: none that is older, the ten newest aside.
    """

    count: int = 100
    days: int = 365
