"""Failures as values: what went wrong with one attempt, whose fault it is and what may be done about it.

Never raises and never decides anything by itself: the tables below are the rules, the attempt machine applies them.
"""

import enum
from dataclasses import dataclass


class FailureKind(enum.StrEnum):
    """The closed set of reasons why an attempt did not produce an answer."""

    CALLER = "caller"
    CREDENTIAL = "credential"
    QUOTA = "quota"
    RATE = "rate"
    CAPACITY = "capacity"
    LOADING = "loading"
    CONTEXT = "context"
    POLICY = "policy"
    MISSING = "missing"
    TRANSPORT = "transport"
    SERVER = "server"
    PROTOCOL = "protocol"
    TRUNCATED = "truncated"
    LOCAL = "local"


class Remedy(enum.Enum):
    """What the attempt machine may do after a failure."""

    NONE = "none"  # answer the caller at once
    ANOTHER = "another"  # the next candidate
    LARGER_WINDOW = "larger_window"  # only candidates with a larger context window


class BreakerEffect(enum.Enum):
    """What a failure tells about the health of the deployment."""

    UNTOUCHED = "untouched"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True)
class Rule:
    """The consequences of one kind of failure."""

    remedy: Remedy
    breaker: BreakerEffect
    caller_may_see: bool  # may the provider's text be shown to the caller?


RULES: dict[FailureKind, Rule] = {
    FailureKind.CALLER: Rule(Remedy.NONE, BreakerEffect.UNTOUCHED, caller_may_see=True),
    FailureKind.CREDENTIAL: Rule(Remedy.ANOTHER, BreakerEffect.UNTOUCHED, caller_may_see=False),
    FailureKind.QUOTA: Rule(Remedy.ANOTHER, BreakerEffect.UNTOUCHED, caller_may_see=False),
    FailureKind.RATE: Rule(Remedy.ANOTHER, BreakerEffect.UNTOUCHED, caller_may_see=False),
    FailureKind.CAPACITY: Rule(Remedy.ANOTHER, BreakerEffect.UNTOUCHED, caller_may_see=False),
    FailureKind.LOADING: Rule(Remedy.ANOTHER, BreakerEffect.UNTOUCHED, caller_may_see=False),
    FailureKind.CONTEXT: Rule(Remedy.LARGER_WINDOW, BreakerEffect.UNTOUCHED, caller_may_see=True),
    FailureKind.POLICY: Rule(Remedy.NONE, BreakerEffect.UNTOUCHED, caller_may_see=True),
    FailureKind.MISSING: Rule(Remedy.ANOTHER, BreakerEffect.UNTOUCHED, caller_may_see=False),
    FailureKind.TRANSPORT: Rule(Remedy.ANOTHER, BreakerEffect.COUNTS, caller_may_see=False),
    FailureKind.SERVER: Rule(Remedy.ANOTHER, BreakerEffect.COUNTS, caller_may_see=False),
    FailureKind.PROTOCOL: Rule(Remedy.ANOTHER, BreakerEffect.COUNTS, caller_may_see=False),
    FailureKind.TRUNCATED: Rule(Remedy.ANOTHER, BreakerEffect.COUNTS, caller_may_see=False),
    FailureKind.LOCAL: Rule(Remedy.NONE, BreakerEffect.UNTOUCHED, caller_may_see=False),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one attempt failed.

    Attributes:
        kind: the closed kind, from which remedy and breaker effect follow.
        message: one sentence for people; never holds a secret or an upstream URL.
        status: the provider's HTTP status, if there was one.
        retry_after_s: seconds after which the provider asked to be tried again, if it said so.
        param: the request field at fault (OpenAI's `param`), for kinds the caller may see.
        code: the provider's machine-readable code, for kinds the caller may see.
        elsewhere: another candidate may be able to do it although the kind says that none can (a request that this
            provider's dialect cannot express).
    """

    kind: FailureKind
    message: str
    status: int | None = None
    retry_after_s: float | None = None
    param: str | None = None
    code: str | None = None
    elsewhere: bool = False

    @property
    def remedy(self) -> Remedy:
        """What may be done about it."""
        return Remedy.ANOTHER if self.elsewhere else RULES[self.kind].remedy

    @property
    def rule(self) -> Rule:
        """The consequences of this failure's kind."""
        return RULES[self.kind]
