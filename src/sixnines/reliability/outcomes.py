"""What counts: which requests and attempts were good, which were bad, and which say nothing about availability. Pure.

Never blames a provider for what the caller or the gateway did, and never the gateway for what the caller did.

A request is **good** when its caller got a complete, well-formed answer; the engine ends an answer at its deadline, so
that what is complete came in time. It is **bad** when the gateway or the providers failed: an error instead of an
answer, also for want of capacity, or an answer that broke off. It is **left out** when the caller made it impossible
(his request is wrong, his key, his model's name; too long; refused by a content filter), or left.
"""

from typing import Final

from sixnines.domain.availability import GOOD
from sixnines.domain.failure import Failure, FailureKind

DRAINING: Final = "draining"
"""The cause of what was refused, or cut short, because the gateway was stopping."""

# Whoever is asked, and however well he is, the answer would be the same.
_CALLER: Final = FailureKind.CALLER
_CONTEXT: Final = FailureKind.CONTEXT
_POLICY: Final = FailureKind.POLICY
CALLERS_OWN: Final = frozenset({_CALLER, _CONTEXT, _POLICY})

_LOCAL: Final = FailureKind.LOCAL

_UNAVAILABLE: Final = 503
_OK: Final = "ok"
_GONE: Final = "client_gone"
_BROKEN: Final = "broken_"  # what the pipeline puts before the kind of the failure that broke an answer


def of_request(word: str, status: int = 0, error: str | None = None, *, cut: bool = False) -> str | None:
    """Whether a request was good (`GOOD`), why it was bad (the cause), or that it does not count (None).

    Args:
        word: how it ended (`Ticket.outcome`): `ok`, `client_gone`, `bug`, a failure's kind, `broken_` and a kind, or ""
            if it was refused before anything was planned.
        status: of the error that its caller was told; 0 if he was told none.
        error: its code.
        cut: the gateway was stopping, and has ended what was still under way.
    """
    if word == _OK:
        return GOOD
    if word == "":  # the gateway's refusals are told from the caller's errors by the status
        return (error or "unavailable") if status == _UNAVAILABLE else None
    if cut and (word == _GONE or word.startswith(_BROKEN)):
        return DRAINING
    if word == _GONE or word.removeprefix(_BROKEN) in CALLERS_OWN:
        return None
    return word


def of_failure(failure: Failure, *, cut: bool = False) -> str | None:
    """Why a call of a provider counts as bad, or None if it does not count.

    Good is only the call that gave the answer of a request that was good: of one that another one was quicker than, or
    whose caller left in the middle, nobody has seen whether it would have come to its end.

    Args:
        failure: why it gave no answer, or why the answer broke off.
        cut: as above.
    """
    kind = failure.kind
    if cut and kind is FailureKind.TRUNCATED:
        return None  # the gateway did that
    # Not by a set: to hash an enumeration takes longer than all of this.
    if failure.starved or kind is _LOCAL or kind is _CALLER or kind is _CONTEXT or kind is _POLICY:
        return None
    return kind.value
