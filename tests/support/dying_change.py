"""A program that makes one offline change and kills itself at its Nth point: as the power fails, or `kill -9`.

Usage: dying_change.py STORE FILE apply|rollback POINT. Prints how many points it has passed when it gets to the end.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sixnines.clock import SystemClock
from sixnines.config.sources import digest_of
from sixnines.control.deployment import Deployment
from sixnines.control.ports import Ports, Terms
from sixnines.control.store import RevisionStore
from support.changes import files, load


class Doom:
    """Passes so many points and no more."""

    def __init__(self, last: int):
        self.passed = 0
        self._last = last

    def __call__(self, _point: str):
        self.passed += 1
        if self.passed == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def main(store: str, file: str, what: str, point: str):
    doom = Doom(int(point))
    text = Path(file).read_text()
    clock = SystemClock()
    ports = Ports(
        store=RevisionStore(Path(store), clock, at=doom),
        load=load,
        on_disk=lambda: digest_of(files(text)),
        clock=clock,
        step=doom,
    )
    deployment, terms = Deployment(ports), Terms(author="alice", watch_s=0)
    asyncio.run(deployment.apply(files(text), terms) if what == "apply" else deployment.rollback(None, terms))
    print(doom.passed)


if __name__ == "__main__":
    main(*sys.argv[1:])
