"""Whether a config that is being served makes more requests fail than the one before. Pure: never asks for the figures.

The rule: enough requests have ended, enough of them badly, and clearly more of them than before. Before is the time
between the beginning of the change and its activation, if enough requests ended in it: it has what is wrong with the
providers today. Else it is all the time since the gateway was started.
"""

from dataclasses import dataclass

from sixnines.control.tally import Tally

# One failure in five requests is chance. With fewer the verdict is that nothing can be said.
_FEWEST_REQUESTS = 20
# Two callers who meet the same unlucky moment are no reason to go back.
_FEWEST_FAILED = 3
# In points of the rate: what is worth going back for, whatever the rate was before.
_WORSE = 0.05


@dataclass(frozen=True, slots=True)
class Span:
    """How requests ended in some time.

    Attributes:
        requests: all of them.
        failed: those that gateway or providers failed.
    """

    requests: int
    failed: int

    @property
    def rate(self) -> float:
        """The part that failed; 0 where there was nothing."""
        return self.failed / self.requests if self.requests else 0.0

    def told(self) -> str:
        """Such as `3 of 120 requests failed (2.5 %)`."""
        return f"{self.failed} of {self.requests} requests failed ({self.rate:.1%})" if self.requests else "no requests"


def between(earlier: Tally, later: Tally) -> Span:
    """What ended between two tallies. Of a worker that took its figures along nothing is counted, and not less."""
    good, bad = max(later.good - earlier.good, 0), max(later.bad - earlier.bad, 0)
    return Span(good + bad, bad)


def compared_with(begun: Tally, activated: Tally) -> Span:
    """What the requests of the new config are compared with."""
    recent = between(begun, activated)
    return recent if recent.requests >= _FEWEST_REQUESTS else between(Tally(0, 0), activated)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the figures say.

    Attributes:
        worse: the config must go.
        words: one clause, with the numbers.
    """

    worse: bool
    words: str


def judge(before: Span, after: Span) -> Verdict:
    """Whether the requests that ended since the activation speak against the new config."""
    told = f"{after.told()}, before it {before.told()}"
    if after.requests < _FEWEST_REQUESTS:
        return Verdict(False, f"{told}: too few to tell (at least {_FEWEST_REQUESTS} are needed)")
    worse = after.failed >= _FEWEST_FAILED and after.rate - before.rate > _WORSE
    return Verdict(worse, f"{told}: {'clearly more' if worse else 'not clearly more'}")
