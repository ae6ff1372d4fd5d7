"""What measured availability is made of: whose outcomes are counted, and the counts of one minute. Values only.

Never an outcome by a name that config does not declare: whoever counts takes names from the config, not from callers.
"""

import enum

import msgspec

GOOD = ""
"""The cause of an outcome that was good. Every other cause is the word for what went wrong."""

USUAL_TARGET = 0.999
"""The share of requests that are to be answered, where config does not say."""

MINUTE_S = 60
HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES


class Scope(enum.StrEnum):
    """Whose outcomes they are."""

    GATEWAY = "gateway"  # requests, whatever they asked for
    MODEL = "model"  # requests whose name means this model
    ROUTE = "route"  # requests whose name means this route
    PROVIDER = "provider"  # attempts
    PROBES = "probes"  # seconds in which a provider was up or down, as probes found


class Series(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Something of which outcomes are counted: a scope, and the name in it (that of the gateway is "")."""

    scope: Scope
    name: str


THE_GATEWAY = Series(Scope.GATEWAY, "")


class Cell(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """So many outcomes of one kind in one minute.

    Attributes:
        minute: since 1970, by the wall clock.
        series: whose.
        cause: `GOOD`, or what went wrong.
        count: how many.
    """

    minute: int
    series: Series
    cause: str
    count: int


class Marks(msgspec.Struct, frozen=True, gc=False):
    """What is known of each minute of an hour: bit `m` of a number is for the minute `m`.

    A minute is down when not fewer outcomes were bad than good, up when there were others, and neither without any.

    Attributes:
        series: whose.
        hour: since 1970.
        up: minutes that were up.
        down: minutes that were down.
    """

    series: Series
    hour: int
    up: int
    down: int


class Blame(msgspec.Struct, frozen=True, gc=False):
    """So many bad outcomes of one cause in the minutes from `first` to before `end`."""

    series: Series
    first: int
    end: int
    cause: str
    count: int


class Total(msgspec.Struct, frozen=True, gc=False):
    """So many outcomes of one cause (or `GOOD` ones) in a window."""

    series: Series
    cause: str
    count: int


class SlotTotal(msgspec.Struct, frozen=True, gc=False):
    """So many outcomes of one cause (or `GOOD` ones) in one slot of time.

    Attributes:
        series: whose.
        slot: the number of the slot since 1970: of the day or of the hour, as asked for, in UTC.
        cause: `GOOD`, or what went wrong.
        count: how many.
    """

    series: Series
    slot: int
    cause: str
    count: int


class Life(msgspec.Struct, frozen=True, gc=False):
    """One process of the gateway, as far as it was seen alive.

    Attributes:
        began_s: wall clock.
        seen_s: when it was last known to be alive.
        stopped: it ended as it was told to.
        after_jump: it is no new process: the wall clock was set, or the machine slept, and this is what came after.
    """

    began_s: float
    seen_s: float
    stopped: bool
    after_jump: bool = False


class Records(msgspec.Struct, frozen=True):
    """What is recorded of a window.

    Attributes:
        totals: outcomes.
        marks: minutes, of series that were down for at least one.
        blames: causes of bad outcomes, by time.
        lives: processes of the gateway that were seen in the window, and the one before; as they began.
        oldest_s: the wall clock of the first life that is recorded at all; None if none is.
    """

    totals: tuple[Total, ...] = ()
    marks: tuple[Marks, ...] = ()
    blames: tuple[Blame, ...] = ()
    lives: tuple[Life, ...] = ()
    oldest_s: float | None = None
