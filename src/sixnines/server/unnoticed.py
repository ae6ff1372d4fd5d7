"""Lets a thread make something large while the event loop serves requests, which hardly notice it.

Python lets one thread run at a time and has the others wait 5 ms for their turn: each answer would take as much longer,
and again with each turn of the loop. And the collector would look through all that is being made, again and again,
while nobody else runs. Never makes anything itself.
"""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TURN_S = 0.0001
"""Measured with a config of 2,000 models: half of the turns of the loop wait 0.2 ms then, 99 of 100 less than 0.5 ms."""

_lock = threading.Lock()
_usual_s: list[float] = []  # of those who are within: what was usual before the first


@contextmanager
def unnoticed() -> Iterator[None]:
    """What is made within, in whatever thread, is made in small turns; and it is taken for something that stays.

    The collector rests meanwhile. What exists in the end it need not look at again: most of that is the config, which
    lives long and goes by itself when nobody holds it any more.
    """
    with _lock:
        _usual_s.append(_usual_s[0] if _usual_s else sys.getswitchinterval())
        sys.setswitchinterval(TURN_S)
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            usual_s = _usual_s.pop()
            gc.freeze()
            if not _usual_s:
                sys.setswitchinterval(usual_s)
                gc.enable()
