"""A reload as the parent leads it: all workers prepare the new config, then all take it up, or none does.

Never leaves two configs in force: a worker that is started meanwhile is asked as well, one that ends is asked no more,
and one that does not answer in time counts as a refusal.
"""

import os
from collections.abc import Callable, Mapping

from sixnines.gateway import needs_restart
from sixnines.server.running import Held
from sixnines.workers.crew import Crew
from sixnines.workers.orders import Commit, Drop, Prepare, Prepared, Refused
from sixnines.workers.payload import write_payload
from sixnines.workers.slot import Slot
from sixnines.workers.vote import Vote

ANSWER_S = 10.0
"""Workers have so long to prepare another config. Ten thousand models take less than one second."""


def _nobody(what: list[str] | str) -> None:
    del what


class Reloading:
    """The config that holds, and the one that may.

    Args:
        held: the config to begin with; its address is the one that is listened on.
        crew: who must agree.
        now_s: a clock that only moves forward.

    Attributes:
        held: the config that holds.
        until_s: when the answers to a question that is under way must be there.
    """

    def __init__(self, held: Held, crew: Crew, now_s: Callable[[], float]) -> None:
        self.held = held
        self.until_s: float | None = None
        self._started_with = held.snapshot.server
        self._crew = crew
        self._now_s = now_s
        self._asked = 0
        self._wanted = held
        self._vote: Vote | None = None
        self._file = -1
        self._answer: Callable[[list[str] | str], None] = _nobody

    @property
    def aims_at(self) -> Held:
        """What will hold, if nobody objects."""
        return self.held if self._vote is None else self._wanted

    def ask(
        self, wanted: Held, columns: Mapping[str, int], answer: Callable[[list[str] | str], None] = _nobody
    ) -> None:
        """Ask all workers whether they can go by another config. A question before that is answered with no.

        Args:
            wanted: the config.
            columns: where the cells of each provider are.
            answer: is told the keys whose change takes effect at the next start only, or why a worker cannot.
        """
        file = write_payload(wanted, dict(columns))
        if self._vote is not None:
            self._keep_the_old("another config came after it")
        self._asked += 1
        self._wanted, self._file, self._answer = wanted, file, answer
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
            self.held = self._wanted
            self.close()
            for slot, _ in self._crew.running():
                self._crew.tell(slot, Commit(vote.reload))
            self._answer(needs_restart(self._started_with, self.held.snapshot.server))

    def _keep_the_old(self, reason: str) -> None:
        self.close()
        for _, process in self._crew.running():
            process.line.send(Drop(self._asked))
        self._answer(reason)
