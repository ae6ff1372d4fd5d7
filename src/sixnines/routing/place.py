"""What is remembered of one place where something is chosen: evidence by kind of request, and whose turn it is. Pure.

A place is a model (whose deployments are chosen among) or a route (whose models are). Choices go by their names, so
that a place outlives the config that it was made for; it is written to a file as it is (see `learned`).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from sixnines.domain.reward import RewardWeights
from sixnines.routing.evidence import Belief, Evidence, Sum, expected, faded

Count = Annotated[int, Meta(ge=0, le=2**53)]
Name = Annotated[str, Meta(max_length=500)]


class Bucket(msgspec.Struct):
    """One kind of request.

    Attributes:
        ticks: outcomes so far, the clock of discounting.
        everyone: all choices together.
        choices: by name.
        owed: how much of a turn each choice is owed, so that none falls below its least share.
        saved: how many requests may be spent now on choices that are known to be worse.
    """

    ticks: Count = 0
    everyone: Evidence = msgspec.field(default_factory=Evidence)
    choices: dict[Name, Evidence] = {}
    # Not 0.0: `typing` takes the two for one type and keeps whichever it met first, and config tells its bounds by it.
    owed: dict[Name, Annotated[float, Meta(ge=0, le=1000)]] = {}
    saved: Annotated[float, Meta(ge=-1000.0, le=1000.0)] = 0.0

    def expected(self, choice: str, *, half_life: int, weights: RewardWeights) -> Belief:
        """The reward that a choice will bring; of one that was never seen, the usual."""
        found = self.choices.get(choice)
        # An empty entry that is dated like the rest.
        one = Evidence(self.ticks) if found is None else found
        return expected(one, self.everyone, self.ticks, half_life=half_life, weights=weights)

    def evidence(self, choice: str, half_life: int) -> tuple[Evidence, Evidence]:
        """What there is of a choice and of all together, up to date, to be added to."""
        found = self.choices.get(choice)
        if found is None:
            found = self.choices[choice] = Evidence(self.ticks)
        found.bring_to(self.ticks, half_life)
        self.everyone.bring_to(self.ticks, half_life)
        return found, self.everyone


class Tally(msgspec.Struct):
    """How decisions went.

    Attributes:
        decisions: how many.
        best: led by the choice of which most was expected.
        plausible: led by one that may be as good.
        worse: led by one that is known to be worse.
        shadowed: taken in the shadow of another strategy, which acted.
        other: of these, how often that one had another choice lead.
        recent: the number of decisions, discounted.
        acting, chosen, highest: the sums, likewise, of what was expected of the one that led, of the one that was
            chosen here, and of the best.
    """

    decisions: Count = 0
    best: Count = 0
    plausible: Count = 0
    worse: Count = 0
    shadowed: Count = 0
    other: Count = 0
    recent: Sum = 0.0
    acting: Sum = 0.0
    chosen: Sum = 0.0
    highest: Sum = 0.0

    def note(self, *, acting: float, chosen: float, highest: float, half_life: int) -> None:
        """One more decision, with what was expected."""
        factor = faded(1, half_life)
        self.decisions += 1
        self.recent = self.recent * factor + 1.0
        self.acting = self.acting * factor + acting
        self.chosen = self.chosen * factor + chosen
        self.highest = self.highest * factor + highest


class Place(msgspec.Struct):
    """One place.

    Attributes:
        buckets: by kind of request.
        tally: how decisions went.
        seen_unix_s: by choice, when it was last known to be in the config.
    """

    buckets: dict[Name, Bucket] = {}
    tally: Tally = msgspec.field(default_factory=Tally)
    seen_unix_s: dict[Name, Annotated[float, Meta(ge=0.0, le=1e12)]] = {}

    def bucket(self, kind: str) -> Bucket:
        """What is remembered of a kind of request, made when first asked for."""
        found = self.buckets.get(kind)
        if found is None:
            found = self.buckets[kind] = Bucket()
        return found

    def forget(self, choice: str) -> None:
        """Remember nothing more of a choice."""
        self.seen_unix_s.pop(choice, None)
        for each in self.buckets.values():
            each.choices.pop(choice, None)
            each.owed.pop(choice, None)
