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


class Again(enum.Enum):
    """Whether the same deployment may be asked again for the same request, once nobody else is left to ask."""

    NEVER = "never"
    BACKOFF = "backoff"  # it may have been an accident
    WHEN_READY = "when_ready"  # it said "not now", and perhaps when


class BreakerEffect(enum.Enum):
    """What a failure tells about the health of the deployment."""

    UNTOUCHED = "untouched"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True)
class Rule:
    """The consequences of one kind of failure."""

    remedy: Remedy
    again: Again
    breaker: BreakerEffect
    caller_may_see: bool  # may the provider's text be shown to the caller?
    rest_s: float | None = None  # how long to leave the deployment alone when the provider does not say


# MISSING has no rest: a deployment may miss one endpoint (embeddings on a chat server) and serve another.
RULES: dict[FailureKind, Rule] = {
    FailureKind.CALLER: Rule(Remedy.NONE, Again.NEVER, BreakerEffect.UNTOUCHED, caller_may_see=True),
    # Needs a person.
    FailureKind.CREDENTIAL: Rule(
        Remedy.ANOTHER, Again.NEVER, BreakerEffect.UNTOUCHED, caller_may_see=False, rest_s=60.0
    ),
    # A used-up balance does not come back by itself soon.
    FailureKind.QUOTA: Rule(Remedy.ANOTHER, Again.NEVER, BreakerEffect.UNTOUCHED, caller_may_see=False, rest_s=60.0),
    # Providers count per second or minute; one second costs little when it was a burst.
    FailureKind.RATE: Rule(Remedy.ANOTHER, Again.WHEN_READY, BreakerEffect.UNTOUCHED, caller_may_see=False, rest_s=1.0),
    # A queue drains quickly.
    FailureKind.CAPACITY: Rule(
        Remedy.ANOTHER, Again.WHEN_READY, BreakerEffect.UNTOUCHED, caller_may_see=False, rest_s=0.25
    ),
    # Llama.cpp loads a small model in half a second.
    FailureKind.LOADING: Rule(
        Remedy.ANOTHER, Again.WHEN_READY, BreakerEffect.UNTOUCHED, caller_may_see=False, rest_s=0.5
    ),
    FailureKind.CONTEXT: Rule(Remedy.LARGER_WINDOW, Again.NEVER, BreakerEffect.UNTOUCHED, caller_may_see=True),
    FailureKind.POLICY: Rule(Remedy.NONE, Again.NEVER, BreakerEffect.UNTOUCHED, caller_may_see=True),
    FailureKind.MISSING: Rule(Remedy.ANOTHER, Again.NEVER, BreakerEffect.UNTOUCHED, caller_may_see=False),
    FailureKind.TRANSPORT: Rule(Remedy.ANOTHER, Again.BACKOFF, BreakerEffect.COUNTS, caller_may_see=False),
    FailureKind.SERVER: Rule(Remedy.ANOTHER, Again.BACKOFF, BreakerEffect.COUNTS, caller_may_see=False),
    FailureKind.PROTOCOL: Rule(Remedy.ANOTHER, Again.BACKOFF, BreakerEffect.COUNTS, caller_may_see=False),
    FailureKind.TRUNCATED: Rule(Remedy.ANOTHER, Again.BACKOFF, BreakerEffect.COUNTS, caller_may_see=False),
    FailureKind.LOCAL: Rule(Remedy.NONE, Again.NEVER, BreakerEffect.UNTOUCHED, caller_may_see=False),
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
        unreached: no connection to the provider came about.
        starved: the request's deadline left it less time than the provider is allowed: that says nothing about health.
    """

    kind: FailureKind
    message: str
    status: int | None = None
    retry_after_s: float | None = None
    param: str | None = None
    code: str | None = None
    elsewhere: bool = False
    unreached: bool = False
    starved: bool = False

    @property
    def remedy(self) -> Remedy:
        """What may be done about it."""
        return Remedy.ANOTHER if self.elsewhere else RULES[self.kind].remedy

    @property
    def rest_s(self) -> float | None:
        """Seconds for which the deployment should be left alone: what the provider said, or what is usual."""
        usual = RULES[self.kind].rest_s
        return usual if usual is None or self.retry_after_s is None else self.retry_after_s

    @property
    def rule(self) -> Rule:
        """The consequences of this failure's kind."""
        return RULES[self.kind]
