"""A reload as the parent leads it: all workers prepare the new config, then all take it up, or none does.

Never leaves two configs in force: a worker that is started meanwhile is asked as well, one that ends is asked no more,
and one that does not answer in time counts as a refusal.
"""

import logging
import os
from collections.abc import Callable, Mapping

from sixnines.bootstrap import needs_restart
from sixnines.config.snapshot import Snapshot
from sixnines.telemetry import log_output
from sixnines.workers.crew import Crew
from sixnines.workers.orders import Commit, Drop, Prepare, Prepared, Refused
from sixnines.workers.payload import write_payload
from sixnines.workers.slot import Slot
from sixnines.workers.vote import Vote

ANSWER_S = 10.0
"""Workers have so long to prepare another config. Ten thousand models take less than one second."""

_log = logging.getLogger("sixnines")


class Reloading:
    """The config that holds, and the one that may.

    Args:
        snapshot: the config to begin with.
        source: where it is from, for the log.
        crew: who must agree.
        now_s: a clock that only moves forward.

    Attributes:
        snapshot: the config that holds.
        until_s: when the answers to a question that is under way must be there.
    """

    def __init__(self, snapshot: Snapshot, source: str, crew: Crew, now_s: Callable[[], float]) -> None:
        self.snapshot = snapshot
        self.until_s: float | None = None
        self._source = source
        self._crew = crew
        self._now_s = now_s
        self._asked = 0
        self._wanted = snapshot
        self._vote: Vote | None = None
        self._file = -1

    def ask(self, snapshot: Snapshot, columns: Mapping[str, int]) -> None:
        """Ask all workers whether they can go by `snapshot`. A question before that is forgotten."""
        file = write_payload(snapshot, dict(columns))
        self.close()
        self._asked += 1
        self._wanted, self._file = snapshot, file
        self._vote = Vote(self._asked, [slot.number for slot, _ in self._crew.running()])
        self.until_s = self._now_s() + ANSWER_S
        for _, process in self._crew.running():
            process.line.send(Prepare(self._asked), [file])
        self._decide()

    def started(self, slot: Slot) -> None:
        """A worker was started: with the config that holds."""
        if self._vote is not None and slot.process is not None:
            self._vote.joined(slot.number)
            slot.process.line.send(Prepare(self._asked), [self._file])

    def ended(self, slot: Slot) -> None:
        """A worker has ended."""
        if self._vote is not None:
            self._vote.left(slot.number)
            self._decide()

    def heard(self, slot: Slot, answer: Prepared | Refused) -> None:
        """A worker has answered."""
        if self._vote is None:
            return
        if isinstance(answer, Prepared):
            self._vote.prepared(slot.number, answer.reload)
        else:
            self._vote.refused(slot.number, answer.reload, answer.reason)
        self._decide()

    def look_at_the_time(self) -> None:
        """Give up on who has not answered in time."""
        if self._vote is not None and self.until_s is not None and self._now_s() >= self.until_s:
            silent = ", ".join(map(str, self._vote.silent))
            self._keep_the_old(f"no answer from worker {silent} within {ANSWER_S:.0f} s")

    def close(self) -> None:
        """Forget a question that is under way."""
        if self._vote is not None:
            os.close(self._file)
            self._vote = self.until_s = None

    def _decide(self) -> None:
        vote = self._vote
        if vote is not None and vote.refusal is not None:
            self._keep_the_old(vote.refusal)
        elif vote is not None and vote.passed:
            for key in needs_restart(self.snapshot.server, self._wanted.server):
                _log.warning("%s has changed; the change takes effect at the next start", key)
            self.snapshot = self._wanted
            log_output.follow(self.snapshot.server.observing)
            self.close()
            for slot, _ in self._crew.running():
                self._crew.tell(slot, Commit(vote.reload))
            _log.info("config reloaded from %s", self._source)

    def _keep_the_old(self, reason: str) -> None:
        self.close()
        for _, process in self._crew.running():
            process.line.send(Drop(self._asked))
        _log.error("config not reloaded, the old one stays: %s", reason)
