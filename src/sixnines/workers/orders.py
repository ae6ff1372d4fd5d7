"""What a parent and its worker say to each other: one small message at a time, files beside it.

Never holds a config: that travels as a file in memory, so that nobody waits for the other to read it.
"""

import msgspec


class Prepare(msgspec.Struct, frozen=True, tag=True):
    """Make everything ready for another config, which is in the file beside this; answer `Prepared` or `Refused`."""

    reload: int


class Commit(msgspec.Struct, frozen=True, tag=True):
    """Go by what was prepared."""

    reload: int


class Drop(msgspec.Struct, frozen=True, tag=True):
    """Forget what was prepared: somebody has refused."""

    reload: int


class Cover(msgspec.Struct, frozen=True, tag=True):
    """Serve what connects to the sockets beside this too: they are those of a worker that is not there."""

    worker: int


class Uncover(msgspec.Struct, frozen=True, tag=True):
    """Leave them to that worker: it is there again."""

    worker: int


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Drain and end; `now` cuts the time short."""

    now: bool


class Led(msgspec.Struct, frozen=True, tag=True):
    """All workers go by the config that this one has asked for; `keys` take effect at the next start only."""

    asked: int
    keys: list[str]


class NotLed(msgspec.Struct, frozen=True, tag=True):
    """They cannot, and go by the one before; `reason` says why."""

    asked: int
    reason: str


class Renew(msgspec.Struct, frozen=True, tag=True):
    """Read the files of the config, and have what they say applied if it is something else. Nothing is answered."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The worker serves."""


class Prepared(msgspec.Struct, frozen=True, tag=True):
    """The worker can go by the other config."""

    reload: int


class Refused(msgspec.Struct, frozen=True, tag=True):
    """It cannot; `reason` says why."""

    reload: int
    reason: str


class Leaving(msgspec.Struct, frozen=True, tag=True):
    """Somebody has told this worker, and not its parent, to end: it takes no more connections."""


class Lead(msgspec.Struct, frozen=True, tag=True):
    """Have all go by the config in the file beside this; `Led` or `NotLed` is the answer.

    Until `Settled` it is on trial: if this worker ends before, all go back, unless the head of the store has moved.
    """

    asked: int


class Settled(msgspec.Struct, frozen=True, tag=True):
    """The change that this worker has led is over: what holds now, holds."""


Order = Prepare | Commit | Drop | Cover | Uncover | Stop | Led | NotLed | Renew
Word = Ready | Prepared | Refused | Leaving | Lead | Settled
