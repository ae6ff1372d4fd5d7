"""What a caller is told when the plan held nobody for his request, or nobody but providers of this host. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from sixnines.domain.attempt import Skipped
from sixnines.domain.failure import Failure, FailureKind
from sixnines.errors import AllAttemptsFailed
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Plan
from sixnines.routing.sieve import NOT_LOCAL

LOCAL_ONLY = "local_only"
"""The code of failures that another provider might have helped, had the data been allowed to leave the host."""

# In a message; a chain of more is rare.
_MOST_LISTED = 20

# The caller's own fault stays his own fault.
_TOLD_AS_THEY_ARE = frozenset({FailureKind.CALLER, FailureKind.CONTEXT, FailureKind.POLICY, FailureKind.LOCAL})


def nothing_to_try(plan: Plan, ask: Ask) -> AllAttemptsFailed:
    """Every candidate was passed over: say the reason that the caller can do most about."""
    wanted = ask.wishes.candidate
    found = [each for each in plan.skipped if wanted is None or each.deployment == wanted]
    if wanted is not None and not found:
        text = f"The name that is asked for does not lead to the deployment `{wanted}`; it leads to {_listed(plan)}."
        return AllAttemptsFailed(Failure(FailureKind.CALLER, text, code="invalid_candidate"))
    reasons = [each.reason for each in found]
    if ask.wishes.pin is not None and all(each.startswith("only ") for each in reasons):
        text = f"The provider `{ask.wishes.pin}` does not serve this model; leave the header x-sixnines-provider out."
        return AllAttemptsFailed(Failure(FailureKind.CALLER, text, code="invalid_provider"))
    if NOT_LOCAL in reasons:
        return AllAttemptsFailed(Failure(FailureKind.CAPACITY, _NOBODY_LOCAL, code=LOCAL_ONLY))
    if any(each.startswith("context window ") for each in reasons):
        text = f"This request needs at least {ask.tokens_floor} tokens, more than the model's context window holds."
        return AllAttemptsFailed(Failure(FailureKind.CONTEXT, text, param="messages"))
    if any(each.startswith("does not declare ") for each in reasons):
        lacking = ", ".join(sorted({each.removeprefix("does not declare ") for each in reasons if "declare" in each}))
        text = f"No deployment of this model can do what the request needs: {lacking}."
        return AllAttemptsFailed(Failure(FailureKind.CALLER, text, param="model", code="unsupported_capability"))
    if any("serve" in each for each in reasons):
        text = f"No provider of this model serves {ask.operation}s."
        return AllAttemptsFailed(Failure(FailureKind.CALLER, text, param="model"))
    text = f"Nobody may serve this request: {'; '.join(sorted(set(reasons)))}."
    return AllAttemptsFailed(Failure(FailureKind.CALLER, text, param="model", code="no_candidate"))


def kept_local(skipped: Iterable[Skipped]) -> bool:
    """Somebody was not asked because the data may not leave the host."""
    return any(each.reason == NOT_LOCAL for each in skipped)


def local_ones_failed(error: AllAttemptsFailed) -> AllAttemptsFailed:
    """The failure of local providers where only they could be asked."""
    if error.failure.kind in _TOLD_AS_THEY_ARE or error.failure.code == LOCAL_ONLY:
        return error
    failure = replace(error.failure, kind=FailureKind.CAPACITY, message=_NOBODY_LOCAL, code=LOCAL_ONLY)
    return AllAttemptsFailed(failure, retry_after_s=error.retry_after_s)


def _listed(plan: Plan) -> str:
    """The deployments that were passed over."""
    names = [f"`{each.deployment}`" for each in plan.skipped]
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


_NOBODY_LOCAL = "No local provider can answer now, and this request may not leave the host."
