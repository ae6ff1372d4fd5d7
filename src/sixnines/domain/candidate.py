"""What the attempt machine needs to know of a candidate: values only."""

import msgspec


class Facts(msgspec.Struct, frozen=True, gc=False):
    """One candidate.

    Attributes:
        window: its context window in tokens, None where it is not declared.
        ready_at: monotonic time until which it rests, as far as known; 0 for one that can be asked now.
        queue_wait_s: how long to queue for it although others could be asked at once.
    """

    window: int | None = None
    ready_at: float = 0.0
    queue_wait_s: float = 0.0
