"""`sixnines serve` that ends itself by SIGKILL at a point of a change: run as a program, with the options of `serve`.

Once the file in `$STEPS_FROM` exists, each point of a change adds a line with its name to the file in `$STEPS_TO`; at the
one whose number is in `$KILL_AT`, counted from 1, the process is gone.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from sixnines.cli import app, serve
from sixnines.clock import SystemClock
from sixnines.control.store import RevisionStore


class Points:
    """Counts them."""

    def __init__(self):
        self._from, self._to = Path(os.environ["STEPS_FROM"]), Path(os.environ["STEPS_TO"])
        self._kill_at = int(os.environ.get("KILL_AT", "0"))
        self._passed = 0

    def pass_by(self, name: str) -> None:
        """One is reached."""
        if not self._from.exists():
            return
        self._passed += 1
        with self._to.open("a") as file:
            file.write(f"{name}\n")
        if self._passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


class SteppedSource(serve._Source):
    """The config with points at which the process may end."""

    def home(self):
        home, points = super().home(), Points()
        store = RevisionStore(home.store.folder, SystemClock(), at=points.pass_by)
        return replace(home, store=store, step=points.pass_by)


if __name__ == "__main__":
    serve._Source = SteppedSource
    sys.exit(app.main(["serve", *sys.argv[1:]]))
