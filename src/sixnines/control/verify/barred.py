"""Whom the rules of a model or a route never let answer: the same rules as `routing.sieve`, for config alone. Pure."""

from collections.abc import Sequence

from sixnines.config.snapshot import ModelSpec, Rules
from sixnines.control.verify.place import Place


def barred(place: Place, rules: Rules) -> str | None:
    """Why they never let a deployment answer, whatever its tier, in a few words; None if they may."""
    deployment = place.deployment
    if rules.local_only and not deployment.provider.local:
        return f"{place.provider} is elsewhere, and the data may not leave the host"
    window = deployment.context_window
    if rules.context and (window is None or window < rules.context):
        return f"{deployment.id} has not the context that is required"
    lacking = rules.capabilities - (deployment.capabilities or frozenset())
    return f"{deployment.id} does not declare {', '.join(sorted(lacking))}, which is required" if lacking else None


def too_low(place: Place, rules: Rules, own: Sequence[ModelSpec]) -> str | None:
    """Why its tier is too far down for a caller who does not say what will do; `own` are the models of the name."""
    steps = [each.tier.step for each in own if each.tier is not None]
    tier = place.model.tier
    if rules.max_tier_drop is None or tier is None or not steps:
        return None
    lowest = min(steps) + rules.max_tier_drop
    return f"tier {tier} is further down than max_tier_drop allows" if tier.step > lowest else None
