"""What is told of a request that is only asked about. Values only; what `explanation` makes, and becomes JSON as it is.

Never holds a prompt, a key or an address.
"""

from collections.abc import Mapping

import msgspec

from sixnines.config.snapshot import How
from sixnines.domain.attempt import Passed
from sixnines.domain.operation import Operation
from sixnines.domain.tier import Tier
from sixnines.health.assumed import Assumption


class Resolved(msgspec.Struct, frozen=True):
    """What the name means (`kind`: `model` or `route`), and by what; `pattern` where it was one."""

    name: str
    kind: str
    how: How
    pattern: str | None


class Behind(msgspec.Struct, frozen=True):
    """Why others are asked before a candidate.

    Attributes:
        how: `busy`, before those that are out; or `resting`, a last resort.
        reason: in a few words.
        for_s: seconds for which asking it is known to be in vain, or None.
    """

    how: Passed
    reason: str
    for_s: float | None


class Asked(msgspec.Struct, frozen=True):
    """One candidate.

    Attributes:
        deployment, provider, model: who it is, and for which model it stands.
        tier, context_window: as declared.
        share: of requests like this one, as things are, this part is expected to be sent to it first; None where that
            depends on what else goes on.
        cost_micros: what the request is expected to cost there in micro-dollars, None where no price is known.
        in_flight: requests that its provider serves.
        warm: whether its provider holds the model in memory; None where it does not tell.
        behind: why others go before it; None for those that are asked in their turn.
    """

    deployment: str
    provider: str
    model: str
    tier: Tier | None
    context_window: int | None
    share: float | None
    cost_micros: float | None
    in_flight: int
    warm: bool | None
    behind: Behind | None


class LeftOut(msgspec.Struct, frozen=True):
    """A deployment that is not asked whatever happens, and why."""

    deployment: str
    reason: str


class OptionShare(msgspec.Struct, frozen=True):
    """One choice of a decision, and how often it is expected to be the first; None where that depends."""

    name: str
    share: float | None


class Decided(msgspec.Struct, frozen=True):
    """One decision.

    Attributes:
        kind, name: what was ordered: a `route`'s models, or a `model`'s deployments.
        strategy: by what.
        options: what could be chosen, as it was put in order.
    """

    kind: str
    name: str
    strategy: str
    options: list[OptionShare]


class Refusal(msgspec.Struct, frozen=True):
    """What the caller would be answered where nobody may serve the request."""

    status: int
    code: str | None
    message: str


class Explanation(msgspec.Struct, frozen=True):
    """What would become of a request.

    Attributes:
        model: the name that is asked for.
        resolved: what it means.
        operation: what is asked for.
        features: what is known of the request by which routing decides.
        wishes: what its headers ask for; left out what they do not.
        assumed: what was taken for true of providers.
        candidates: who would be asked, in order.
        left_out: who would not.
        decisions: how the order came about.
        refusal: the answer, where there are no candidates.
    """

    model: str
    resolved: Resolved
    operation: Operation
    features: Mapping[str, object]
    wishes: Mapping[str, object]
    assumed: Mapping[str, list[Assumption]]
    candidates: list[Asked]
    left_out: list[LeftOut]
    decisions: list[Decided]
    refusal: Refusal | None
